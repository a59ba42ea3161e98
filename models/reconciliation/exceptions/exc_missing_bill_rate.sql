-- Approved billable time on a contract by the hour without a rate to bill it at: its revenue
-- is not known.
{{ exceptions_of_unpriced_time('missing_bill_rate', 'billable h', is_by_the_hour=true) }}
