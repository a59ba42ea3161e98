-- Approved expenses that say no amount: nobody knows what they cost.
{{ exceptions_of_lacking('expense_without_amount') }}
