-- What Tieout posted and the ERP does not hold as it was posted (C12).
{{ exceptions_of_control('posting_changed_in_erp', ref('rec_postings_to_erp')) }}
