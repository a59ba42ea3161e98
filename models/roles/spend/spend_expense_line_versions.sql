-- Grain: one row per expense line and version of it that was landed.
{{ role_rows('spend_expense_line_versions') }}
