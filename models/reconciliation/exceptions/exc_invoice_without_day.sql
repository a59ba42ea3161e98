-- Invoices that were issued and say no day: they are billed in no period.
{{ exceptions_of_lacking('invoice_without_day') }}
