{{ config(tags=['control'], severity='error', meta={'control_id': 'I32'}) }}
-- Labour that has a cost at actual and none at standard cost: margins would be too good.
-- Run on the build at standard cost; on the other there is nothing between the two.
select
    *,
    worker_type || ' ' || coalesce(nullif(grade_code, ''), 'without grade') || ' '
    || coalesce(nullif(practice_code, ''), 'without practice') || ' '
    || coalesce(nullif(legal_entity_code, ''), 'without entity') || ': '
    || cast(cast(labour_hours as decimal(18, 2)) as varchar) || ' hours of '
    || cast(people_count as varchar) || case when people_count = 1 then ' person' else ' people' end
    || ' from ' || cast(first_date as varchar) || ' ('
    || replace(reason, '_', ' ')
    || case
        when reason = 'no_standard_rate'
            then ' in force on ' || coalesce(cast(set_on as varchar), 'that day')
        else ''
    end || ')' as message
from {{ ref('rec_labour_at_standard') }}
where match_status != 'matched'
