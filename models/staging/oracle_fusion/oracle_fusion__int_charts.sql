-- Grain: one row per pod: how its account combinations are read. The settings are what
-- the tenant says of its chart of accounts.
select
    source_instance,
    max(case when setting = 'values.delimiter' then setting_value end) as delimiter_text,
    max(
        case
            when setting = 'values.company_segment' then cast(setting_value as integer)
        end
    ) as company_segment,
    max(
        case
            when setting = 'values.cost_centre_segment' then cast(setting_value as integer)
        end
    ) as cost_centre_segment,
    max(
        case
            when setting = 'values.account_segment' then cast(setting_value as integer)
        end
    ) as account_segment,
    max(
        case
            when setting = 'values.project_segment' then cast(setting_value as integer)
        end
    ) as project_segment,
    max(case when setting = 'values.no_cost_centre' then setting_value end)
        as no_cost_centre_text,
    max(case when setting = 'values.no_project' then setting_value end) as no_project_text
from {{ ref('stg_landing__settings') }}
where vendor = 'oracle_fusion'
group by source_instance
