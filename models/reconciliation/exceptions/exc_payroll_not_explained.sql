-- Payroll that labour and bench cost do not come to, by entity and run (C04).
{{ exceptions_of_control(
    'payroll_not_explained', ref('rec_payroll_to_labour_by_entity')
) }}
