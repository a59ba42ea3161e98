-- Invoices that were issued and say no amount: nobody knows what they bill.
{{ exceptions_of_lacking('invoice_without_amount') }}
