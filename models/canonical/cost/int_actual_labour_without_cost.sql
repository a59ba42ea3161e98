-- Grain: one row per piece of labour that costs nothing at actual cost. The pass at
-- standard cost leaves it as it is.
select * from {{ ref('int_labour_without_cost') }}
