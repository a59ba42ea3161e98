-- Charges between entities that their books do not hold alike, or not as agreed (C11).
{{ exceptions_of_control('intercompany_not_mirrored', ref('rec_intercompany_mirror')) }}
