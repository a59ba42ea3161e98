-- Approved expenses that say no day: they count nowhere.
{{ exceptions_of_lacking('expense_without_day') }}
