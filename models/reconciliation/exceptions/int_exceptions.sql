-- Grain: one row per exception that the models of this folder found. Postings may be held by
-- them; what is held for another reason stands beside them in rec_exceptions.
{{ stacked_exceptions('reconciliation') }}
