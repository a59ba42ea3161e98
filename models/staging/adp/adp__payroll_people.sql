-- Grain: one row per ADP worker. Active is who has that status, as a word or a code, and
-- no last day. The last day before somebody was hired again is none of this employment.
with

workers as (
    select
        *,
        case
            when rehire_date is null or termination_date >= rehire_date then termination_date
        end as last_date
    from {{ ref('stg_adp__workers') }}
)

select
    workers.associate_pseudonym as person_pseudonym,
    workers.payroll_group_code,
    workers.payroll_file_pseudonym,
    workers.hire_date,
    workers.last_date as termination_date,
    lower(coalesce(workers.status, '')) in ('active', 'a')
    and workers.last_date is null as is_active,
    {{ role_lineage('workers') }}
from workers
