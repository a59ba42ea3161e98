-- Grain: one row per expense line that carries money and report it was on.
{{ role_rows('spend_expense_lines') }}
