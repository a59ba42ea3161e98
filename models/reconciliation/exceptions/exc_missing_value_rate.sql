-- Approved billable time on a contract at a price without a rate: what the contract earns
-- does not need it, what the hours are worth (realisation) does.
{{ exceptions_of_unpriced_time('missing_value_rate', 'h', is_by_the_hour=false) }}
