-- What settles an invoice or bill in the ERP and says no day: it counts on none.
{{ exceptions_of_lacking('settlement_without_day') }}
