-- Grain: one row per amount of a person in a payroll run.
{{ role_rows('payroll_lines') }}
