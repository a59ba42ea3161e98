-- Grain: one row per project, part of its contract and day on which progress was stated.
{{ role_rows('psa_progress_stated') }}
