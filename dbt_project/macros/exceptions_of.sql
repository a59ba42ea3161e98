{# What several models of exceptions share: one macro per shape of finding. #}

{#
    Each difference that a control's model found, as an exception. Of several records the
    first one says which system it is of. Statuses `named_otherwise` are exceptions of their
    own kind.
#}
{% macro exceptions_of_control(kind, differences, named_otherwise=[]) -%}
    select
        '{{ kind }}' as kind,
        replace(coalesce(differences.reason, differences.match_status), '_', ' ')
        || case
            when coalesce(differences.left_amount, differences.right_amount) is null then ''
            else
                ': ' || coalesce(
                    {{ amount_text('differences.left_amount', 'differences.currency_code') }},
                    'nothing'
                ) || ' against ' || coalesce(
                    {{ amount_text('differences.right_amount', 'differences.currency_code') }},
                    'nothing'
                )
                || coalesce(' ' || differences.currency_code, '')
        end
        || coalesce(' (' || differences.source_ids || ')', '') as reason,
        split_part(differences.source_ids, ':', 1) as source_system,
        case
            when split_part(differences.source_ids, ':', 3) != ''
                then split_part(differences.source_ids, ':', 2)
        end as source_instance,
        differences.difference_key as source_id,
        differences.legal_entity_code,
        projects.project_key,
        differences.period_month,
        differences.difference_amount as amount,
        differences.currency_code,
        differences.period_month as since
    from {{ differences }} as differences
    left join {{ ref('dim_projects') }} as projects
        on differences.project_code = projects.project_code
    where
        differences.match_status not in (
            {%- for status in ['matched'] + named_otherwise -%}
                '{{ status }}'{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
{%- endmacro %}

{#
    Approved billable time that nothing prices: on contracts by the hour, which earn nothing
    without a rate, or at a price, where only what the hours are worth lacks it.
#}
{% macro exceptions_of_unpriced_time(kind, hours, is_by_the_hour) -%}
    select
        '{{ kind }}' as kind,
        cast(entries.worked_hours as varchar) || ' {{ hours }} of '
        || cast(time_values.work_date as varchar) || ' as '
        || coalesce(entries.role_name, 'no role') || ' have no rate in '
        || coalesce(time_values.contract_currency_code, 'a contract without a currency')
            as reason,
        entries.source_system,
        entries.source_instance,
        entries.time_entry_id as source_id,
        projects.legal_entity_code,
        time_values.project_key,
        time_values.period_month,
        cast(null as decimal(18, 4)) as amount,
        time_values.contract_currency_code as currency_code,
        time_values.work_date as since
    from {{ ref('fct_time_values') }} as time_values
    inner join {{ ref('fct_time_entries') }} as entries
        on time_values.time_entry_key = entries.time_entry_key
    inner join {{ ref('dim_projects') }} as projects
        on time_values.project_key = projects.project_key
    left join {{ ref('dim_obligations') }} as obligations
        on time_values.obligation_key = obligations.obligation_key
    where
        time_values.contract_billable_amount is null
        and time_values.bill_rate is null
        and coalesce(obligations.revenue_method, 'time_and_materials')
        {{ 'in' if is_by_the_hour else 'not in' }}
        ('time_and_materials', 'time_and_materials_capped')
{%- endmacro %}

{#
    Contractors' bills that approved hours do not explain, for one of the reasons of
    int_bills_without_hours; `told` says why, in SQL. The amount is what is unexplained.
#}
{% macro exceptions_of_bills(kind, told) -%}
    select
        '{{ kind }}' as kind,
        'billed ' || {{ amount_text('billed.billed_amount', 'billed.currency_code') }} || ' '
        || billed.currency_code
        || coalesce(' for ' || cast(bills.service_month as varchar), '')
        || {{ told }} as reason,
        bills.source_system,
        bills.source_instance,
        bills.transaction_id || '|' || bills.line_id as source_id,
        bills.legal_entity_code,
        billed.project_key,
        billed.period_month,
        cast(billed.billed_amount - coalesce(billed.accrued_amount, 0) as decimal(18, 4))
            as amount,
        billed.currency_code,
        bills.bill_date as since
    from {{ ref('int_bills_without_hours') }} as billed
    inner join {{ ref('fct_vendor_bills') }} as bills
        on billed.vendor_bill_key = bills.vendor_bill_key
    where
        billed.is_of_contractors
        and billed.reason = '{{ kind }}'
        and {{ has_role('spend') }}
{%- endmacro %}

{#
    Each posting that is held and would change something, where a condition on `postings`
    (adj_desired_postings) is met, as an exception of a kind. `nobodys` is what a posting
    that is no project's is called in its reason.
#}
{% macro exceptions_of_held_postings(kind, condition, nobodys) -%}
    select
        '{{ kind }}' as kind,
        postings.kind || coalesce(' of ' || postings.project_code, '{{ nobodys }}')
        || ' is held: ' || postings.hold_reason as reason,
        postings.target_vendor as source_system,
        postings.target_instance as source_instance,
        postings.posting_key as source_id,
        postings.legal_entity_code,
        projects.project_key,
        postings.period_month,
        postings.unposted_amount as amount,
        postings.currency_code,
        postings.period_month as since
    from {{ ref('adj_desired_postings') }} as postings
    left join {{ ref('dim_projects') }} as projects
        on postings.project_code = projects.project_code
    where
        postings.policy_action = 'hold'
        and postings.unposted_amount != 0
        and {{ condition }}
{%- endmacro %}

{# Each delivered file of which this became, as the exception of that name. #}
{% macro exceptions_of_deliveries(status, what_happened) -%}
    select
        'file_{{ status }}' as kind,
        file_name || ' {{ what_happened }}: ' || coalesce(reason, 'no reason was given')
            as reason,
        source_system,
        source_instance,
        source_id,
        cast(null as varchar) as legal_entity_code,
        cast(null as varchar) as project_key,
        cast(null as date) as period_month,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as currency_code,
        cast(landed_at as date) as since
    from {{ ref('stg_landing__deliveries') }}
    where
        status = '{{ status }}'
        and not is_deleted
        and source_instance in (
            select systems.source_instance from {{ ref('dim_role_systems') }} as systems
        )
{%- endmacro %}

{# The records of a kind that lack their day or amount, as int_records_lacking has them. #}
{% macro exceptions_of_lacking(kind) -%}
    select
        kind,
        reason,
        source_system,
        source_instance,
        source_id,
        legal_entity_code,
        project_key,
        period_month,
        amount,
        currency_code,
        since
    from {{ ref('int_records_lacking') }}
    where kind = '{{ kind }}'
{%- endmacro %}
