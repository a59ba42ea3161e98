{{ config(tags=['control'], severity='error', meta={'control_id': 'I06'}) }}

-- On every day from its first on, a key has one row: two would double a cost joined by
-- date, none would drop it. A price may end (a role leaves the card), so bill rates
-- are only held to not overlapping.
with

ranges as (
    select
        'dim_cost_rates' as rate_table,
        resource_key as rate_key,
        valid_from,
        valid_to,
        false as may_end
    from {{ ref('dim_cost_rates') }}

    union all

    select
        'dim_resource_assignments' as rate_table,
        resource_key as rate_key,
        valid_from,
        valid_to,
        false as may_end
    from {{ ref('dim_resource_assignments') }}
    where valid_from != valid_to  -- of two places from one day one has no days

    union all

    select
        'dim_burden_rates' as rate_table,
        legal_entity_code as rate_key,
        valid_from,
        valid_to,
        false as may_end
    from {{ ref('dim_burden_rates') }}

    union all

    select
        'dim_fx_rates' as rate_table,
        from_currency_code || '>' || to_currency_code as rate_key,
        valid_from,
        valid_to,
        false as may_end
    from {{ ref('dim_fx_rates') }}

    union all

    select
        'dim_bill_rates' as rate_table,
        source_instance || '>' || rate_card_id || '>' || role_name as rate_key,
        valid_from,
        valid_to,
        true as may_end
    from {{ ref('dim_bill_rates') }}
),

followed as (
    select
        *,
        lead(valid_from, 1, date '9999-12-31') over (
            partition by rate_table, rate_key order by valid_from nulls last
        ) as next_valid_from
    from ranges
)

select *
from followed
where
    valid_to <= valid_from
    or valid_to > next_valid_from
    or (valid_to < next_valid_from and not may_end)
