{{ config(tags=['control'], severity='error', meta={'control_id': 'I05'}) }}

-- Linked, unmatched or ambiguous: a record is in its crosswalk once, and nothing else is.
-- A record in none would be lost without an exception naming it.
with

staged as (
    select
        'crm projects' as side,
        source_instance,
        deal_id as record_id
    from {{ ref('crm_deals') }}
    where is_won and not is_deleted

    union all

    select
        'psa projects' as side,
        source_instance,
        project_id as record_id
    from {{ ref('psa_projects') }}
    where not is_deleted

    union all

    select
        'erp projects' as side,
        source_instance,
        project_id as record_id
    from {{ ref('erp_projects') }}
    where not is_deleted

    union all

    select
        'crm customers' as side,
        source_instance,
        customer_id as record_id
    from {{ ref('crm_customers') }}
    where not is_deleted

    union all

    select
        'psa customers' as side,
        source_instance,
        customer_id as record_id
    from {{ ref('psa_customers') }}
    where not is_deleted

    union all

    select
        'erp customers' as side,
        source_instance,
        customer_id as record_id
    from {{ ref('erp_customers') }}
    where not is_deleted

    union all

    select
        'hr people' as side,
        source_instance,
        worker_id as record_id
    from {{ ref('hr_workers') }}
    where not is_deleted

    union all

    select
        'psa people' as side,
        source_instance,
        person_id as record_id
    from {{ ref('psa_people') }}
    where not is_deleted

    union all

    select
        'payroll people' as side,
        source_instance,
        person_pseudonym as record_id
    from {{ ref('payroll_people') }}
    where not is_deleted
),

crossed as (
    select
        role || ' projects' as side,
        source_instance,
        record_id
    from {{ ref('crosswalk_projects') }}
    where match_status != 'deleted'

    union all

    select
        role || ' customers' as side,
        source_instance,
        record_id
    from {{ ref('crosswalk_customers') }}

    union all

    select
        role || ' people' as side,
        source_instance,
        record_id
    from {{ ref('crosswalk_resources') }}
    where match_status != 'deleted'
),

stacked as (

    select
        side,
        source_instance,
        record_id,
        1 as staged_count,
        0 as crossed_count
    from staged

    union all

    select
        side,
        source_instance,
        record_id,
        0 as staged_count,
        1 as crossed_count
    from crossed
)

select
    side,
    source_instance,
    record_id,
    sum(staged_count) as staged_count,
    sum(crossed_count) as crossed_count
from stacked
group by side, source_instance, record_id
having sum(staged_count) != 1 or sum(crossed_count) != 1
