-- Invoices that PSA and ERP do not hold alike (C02).
{{ exceptions_of_control('invoice_booked_otherwise', ref('rec_invoices_psa_to_erp')) }}
