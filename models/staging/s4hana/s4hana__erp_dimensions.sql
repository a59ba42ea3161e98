-- Grain: one row per S/4HANA profit centre, which stands for a practice.
select
    profit_centers.profit_center as dimension_id,
    profit_centers.profit_center as practice_code,
    profit_centers.profit_center_name as dimension_name,
    profit_centers.is_blocked as is_inactive,
    {{ role_lineage('profit_centers') }}
from {{ ref('stg_s4hana__profit_centers') }} as profit_centers
