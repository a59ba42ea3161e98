-- Due from a system by its declaration, and not delivered yet.
{{ exceptions_of_deliveries('overdue', 'is overdue') }}
