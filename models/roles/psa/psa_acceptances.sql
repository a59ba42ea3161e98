-- Grain: one row per task and day on which its acceptance turned.
{{ role_rows('psa_acceptances') }}
