-- Approved expenses that the ERP has not booked once, as they are (C03).
{{ exceptions_of_control('expense_booked_otherwise', ref('rec_expenses_to_erp')) }}
