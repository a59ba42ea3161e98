-- Grain: one row per statement of what a project's expenses may come to and version of it.
{{ role_rows('psa_expense_budget_versions') }}
