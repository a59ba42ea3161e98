-- Approved expenses without a known person, project or cost centre (C08).
{{ exceptions_of_control('expense_not_coded', ref('rec_expense_coding')) }}
