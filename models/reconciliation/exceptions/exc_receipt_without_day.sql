-- Receipts of goods that say no day: they count nowhere.
{{ exceptions_of_lacking('receipt_without_day') }}
