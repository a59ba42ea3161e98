-- Delivered a second time with the same bytes: it was not landed again.
{{ exceptions_of_deliveries('duplicate', 'was not landed again') }}
