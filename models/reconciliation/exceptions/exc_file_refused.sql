-- Delivered by a system and not landed, as it is not what was declared: what it says is
-- lacking. It is cleared by a corrected one, and when it is taken away.
{{ exceptions_of_deliveries('refused', 'was not landed') }}
