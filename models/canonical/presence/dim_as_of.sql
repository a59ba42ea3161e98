-- Grain: one row. The business day the data stands at: the latest day any source
-- was read for, by the source's own clock.
select cast(max(as_of_date) as date) as as_of_date
from {{ ref('stg_landing__loads') }}
