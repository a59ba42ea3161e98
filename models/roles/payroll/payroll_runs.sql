-- Grain: one row per payroll run, previews included.
{{ role_rows('payroll_runs') }}
