{# The columns that every kind of desired posting has, in the order they are stacked in.
   `kind` is one of seed posting_kinds; without it, the relation's own column. The
   other arguments name columns of the relation; what a kind does not have is null, and
   `part` always tells keys apart, `reference` only where policy posts in detail. #}
{% macro desired_posting(
    kind=none, amount='desired_amount', minutes='0', hours_taken='0', sources='1',
    resource=none, day=none, part=none, reference=none, credit_project=none,
    currency=none, debit=none, credit=none
) -%}
    cast({{ "'" ~ kind ~ "'" if kind else 'kind' }} as varchar) as kind,
    legal_entity_code,
    project_code,
    {{ optional_column(credit_project, 'varchar') }} as credit_project_code,
    {{ optional_column(resource, 'varchar') }} as resource_key,
    {{ optional_column(day, 'date') }} as work_date,
    {{ optional_column(part, 'varchar') }} as part,
    {{ optional_column(reference, 'varchar') }} as reference,
    period_month,
    {{ optional_column(currency, 'varchar') }} as currency_code,
    {{ optional_column(debit, 'varchar') }} as debit_account,
    {{ optional_column(credit, 'varchar') }} as credit_account,
    cast({{ amount }} as decimal(18, 4)) as desired_amount,
    cast({{ minutes }} as bigint) as desired_minutes,
    cast({{ hours_taken }} as decimal(18, 2)) as taken_hours,
    cast({{ sources }} as bigint) as source_entry_count
{%- endmacro %}

{% macro optional_column(column, type) -%}
    cast({{ column or 'null' }} as {{ type }})
{%- endmacro %}

{#
    What a kind of posting needs to be known, beside an ERP to post to: one row per kind
    and prerequisite. Revenue is needed project by project, which is judged where it is.
#}
{% macro posting_needs() -%}
    {%- set needs = {
        'labour_cost_accrual': ['psa', 'labour', 'exchange_rates'],
        'labour_cost_true_up': ['psa', 'labour', 'payroll', 'exchange_rates'],
        'burden_allocation': ['psa', 'labour', 'payroll', 'exchange_rates'],
        'subcontractor_accrual': ['psa', 'hr', 'spend', 'exchange_rates'],
        'expense_to_project': ['spend'],
        'revenue_accrual': ['psa', 'exchange_rates'],
        'revenue_deferral': ['psa', 'exchange_rates'],
        'fulfilment_cost': ['psa', 'labour', 'spend', 'exchange_rates'],
        'fx_revaluation': ['exchange_rates'],
        'intercompany': ['psa', 'labour', 'exchange_rates'],
        'cost_reclassification': ['psa', 'labour'],
    } -%}
    {%- for kind, prerequisites in needs.items() %}
    {%- set is_last = loop.last %}
    {%- for prerequisite in prerequisites + ['erp'] %}
    select
        cast('{{ kind }}' as varchar) as kind,
        cast('{{ prerequisite }}' as varchar) as prerequisite
    {{ 'union all' if not (is_last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#
    What a kind of posting is made of, beside its ERP: one row per kind and role whose
    systems its amounts come from. Some of it a firm may do without (`posting_needs`);
    where it has it, what is not read whole leaves the amount in doubt.
#}
{% macro posting_roles() -%}
    {%- set every = ['crm', 'psa', 'hr', 'payroll', 'spend'] -%}
    {%- set made_of = {
        'labour_cost_accrual': ['psa', 'hr'],
        'labour_cost_true_up': ['psa', 'hr', 'payroll'],
        'burden_allocation': ['psa', 'hr', 'payroll'],
        'subcontractor_accrual': ['psa', 'hr', 'spend'],
        'expense_to_project': ['psa', 'spend'],
        'revenue_accrual': every,
        'revenue_deferral': every,
        'fulfilment_cost': every,
        'fx_revaluation': every,
        'intercompany': ['psa', 'hr', 'payroll', 'spend'],
        'cost_reclassification': ['psa', 'hr'],
    } -%}
    {%- for kind, roles in made_of.items() %}
    {%- set is_last = loop.last %}
    {%- for role in roles + ['erp'] %}
    select
        cast('{{ kind }}' as varchar) as kind,
        cast('{{ role }}' as varchar) as role_code
    {{ 'union all' if not (is_last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#
    Whether a posting would lower what stands of it in the ERP, by our postings and by what
    others booked, which is what was raised and is not desired. What lowers revenue takes it back
    as it grows, and itself as it shrinks: where it moves at all something is taken back.
#}
{% macro takes_back(relation) -%}
    case
        when {{ relation }}.revenue_effect = 'lowers'
            then {{ relation }}.desired_amount != {{ relation }}.own_posted_amount
        else
            sign({{ relation }}.desired_amount - {{ relation }}.own_posted_amount)
            * sign(
                {{ relation }}.own_posted_amount
                + coalesce({{ relation }}.raised_amount - {{ relation }}.desired_amount, 0)
            ) < 0
    end
{%- endmacro %}
