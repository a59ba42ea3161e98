-- Invoices that PSA and ERP do not hold alike (C02). One without its project or rate of
-- exchange is named as that.
{{ exceptions_of_control(
    'invoice_booked_otherwise', ref('rec_invoices_psa_to_erp'),
    named_otherwise=[
        'invoice_without_project', 'project_without_entity', 'missing_exchange_rate'
    ]
) }}
