-- Grain: one row per ADP worker. Active is who has that status, as a word or a code, and
-- no last day.
select
    workers.associate_pseudonym as person_pseudonym,
    workers.payroll_group_code,
    workers.payroll_file_pseudonym,
    workers.hire_date,
    workers.termination_date,
    lower(coalesce(workers.status, '')) in ('active', 'a')
    and workers.termination_date is null as is_active,
    {{ role_lineage('workers') }}
from {{ ref('stg_adp__workers') }} as workers
