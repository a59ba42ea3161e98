-- Final payroll runs that do not say the days they pay: nothing bears their pay.
{{ exceptions_of_lacking('pay_without_days') }}
