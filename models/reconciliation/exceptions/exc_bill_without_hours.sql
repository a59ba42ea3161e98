-- Contractors' bills that cover no approved hours. The amount is the bill's.
{{ exceptions_of_bills('bill_without_hours', "': no approved hours explain it'") }}
