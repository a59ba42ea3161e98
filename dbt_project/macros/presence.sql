{# The six roles and what people call them. #}
{% macro role_names() -%}
    {{ return({
        'crm': 'CRM', 'psa': 'PSA', 'hr': 'HR system', 'payroll': 'payroll',
        'spend': 'spend system', 'erp': 'ERP',
    }) }}
{%- endmacro %}

{%- macro roles_named() -%}
    {%- for role, name in role_names().items() %}
    select
        cast('{{ role }}' as varchar) as role_code,
        cast('{{ name }}' as varchar) as role_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#
    Which vendors play which roles, one row each, as dbt_project.yml has it; who says only
    some of a role's contracts plays the role.
#}
{% macro vendors_playing() -%}
    {%- for vendor in var('vendor_roles') %}
    {%- set is_last = loop.last %}
    {%- set roles = [] %}
    {%- for said in var('vendor_roles')[vendor] if said.split('_')[0] not in roles %}
        {%- do roles.append(said.split('_')[0]) %}
    {%- endfor %}
    {%- for role in roles %}
    select
        cast('{{ vendor }}' as varchar) as source_system,
        cast('{{ role }}' as varchar) as role_code
    {{ 'union all' if not (is_last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#
    Which vendors say which of the contracts that figures need by themselves, one row each:
    what a vendor that says only part of a role leaves out is lacking although its system is
    there.
#}
{% macro vendors_saying() -%}
    {%- set says = var('vendor_roles') %}
    {%- set contracts = [
        'hr_workers', 'hr_assignments', 'hr_pay', 'hr_absences', 'hr_holidays',
        'psa_invoices', 'psa_acceptances', 'psa_billing_milestones', 'psa_progress_stated',
    ] %}
    {%- for vendor in says %}
    {%- set is_last = loop.last %}
    {%- for contract in contracts %}
    {%- set role = contract.split('_')[0] %}
    select
        cast('{{ vendor }}' as varchar) as source_system,
        cast('{{ role }}' as varchar) as role_code,
        cast('{{ contract }}' as varchar) as contract,
        {{ role in says[vendor] or contract in says[vendor] }} as is_said
    {{ 'union all' if not (is_last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#
    Whether HR says something of everybody: each system that has people does or, where none
    of them does, one that has nobody (a calendar of its own).
#}
{% macro said_of_everybody(contract) -%}
    coalesce(
        bool_or({{ contract }})
        and (
            bool_and({{ contract }} or not hr_workers)
            or not bool_or({{ contract }} and hr_workers)
        ), false
    )
{%- endmacro %}

{#
    Whether it is known what is contracted, what is left of it to work, or what an hour costs
    (contracted_hours, capacity, labour): a subquery, for a condition.
#}
{% macro has_of_people(part) -%}
    exists (
        select 1 from {{ ref('dim_people_measures') }} as measures
        where measures.measure = '{{ part }}' and measures.is_known
    )
{%- endmacro %}

{# Whether the firm has a role: a subquery, for a condition. #}
{% macro has_role(role) -%}
    exists (
        select 1 from {{ ref('dim_roles') }} as roles
        where roles.role_code = '{{ role }}' and roles.is_present
    )
{%- endmacro %}

{#
    Whether rates of exchange are to be expected, from an ERP or by hand; without any, all that
    needs one is lacking, and no single record is to blame.
#}
{% macro has_rates() -%}
    ({{ has_role('erp') }} or exists (select 1 from {{ ref('dim_fx_rates') }}))
{%- endmacro %}

{#
    A prerequisite that one project is enough to lack: any of which `lacking`, a condition
    on dim_projects_unmeasured, is true.
#}
{% macro of_every_project(prerequisite, lacking) -%}
    select
        '{{ prerequisite }}' as prerequisite,
        count(*) = 0 as is_met,
        count(case when absence_reason != 'no contract terms' then 1 end) = 0
            as is_of_projects,
        min(absence_reason) as absence_reason
    from {{ ref('dim_projects_unmeasured') }}
    where {{ lacking }}
{%- endmacro %}

{#
    Whether an obligation lacks a term that its method measures by: such a one earns an
    unknown amount, never 0. Used where it is an exception and where it has no revenue.
#}
{% macro lacks_terms(obligations) -%}
    (
        {{ obligations }}.revenue_method is null
        or (
            {{ obligations }}.revenue_method = 'time_and_materials_capped'
            and {{ obligations }}.cap_amount is null
        )
        or (
            {{ obligations }}.revenue_method = 'cost_plus'
            and {{ obligations }}.fee_rate is null
        )
        or (
            {{ obligations }}.revenue_method in (
                'cost_to_cost', 'effort', 'straight_line', 'completed_contract',
                'percent_entered'
            )
            and {{ obligations }}.price_amount is null
        )
        or (
            {{ obligations }}.revenue_method = 'straight_line'
            and (
                {{ obligations }}.service_start_date is null
                or {{ obligations }}.service_end_date is null
                or {{ obligations }}.service_end_date < {{ obligations }}.service_start_date
            )
        )
    )
{%- endmacro %}
