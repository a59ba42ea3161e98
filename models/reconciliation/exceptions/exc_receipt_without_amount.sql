-- Receipts of goods that say no amount: nobody knows what is owed for them.
{{ exceptions_of_lacking('receipt_without_amount') }}
