-- Grain: one row per worker, who is known by pseudonym only, and effective date. A
-- rescinded pay event never happened, and one of an additional job is no pay of the primary;
-- of several of one day the one entered last counts, and one that is gone only where nothing
-- stands.
with

standing as (
    select * from {{ ref('stg_workday__compensation') }}
    where not coalesce(is_rescinded, false) and coalesce(is_primary, true)
),

pay_events as (
    {{ first_of_each(
        'standing', key=['source_instance', 'employee_pseudonym', 'effective_date'],
        order=['is_deleted', 'entered_at desc nulls last', 'source_id desc nulls last']
    ) }}
)

select
    pay_events.employee_pseudonym,
    pay_events.effective_date as valid_from,
    pay_events.currency_code,
    case lower(replace(replace(replace(pay_events.pay_frequency, '-', ''), '_', ''), ' ', ''))
        when 'annual' then 'annual'
        when 'monthly' then 'monthly'
        when 'semimonthly' then 'semi_monthly'
        when 'fourweekly' then 'four_weekly'
        when 'biweekly' then 'biweekly'
        when 'weekly' then 'weekly'
        when 'hourly' then 'hourly'
    end as pay_basis,
    pay_events.base_pay_amount as pay_amount,
    {{ role_lineage('pay_events') }}
from pay_events
