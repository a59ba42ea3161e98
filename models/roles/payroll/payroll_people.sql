-- Grain: one row per person on the payroll, who is known by pseudonym only.
{{ role_rows('payroll_people') }}
