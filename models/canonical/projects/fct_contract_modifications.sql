-- Grain: one row per won deal that changes another: price, cap or end of an obligation
-- (the first, unless it names one) from its effective date on. A change of a deal that
-- no project delivers has no obligation.
select
    {{ entity_key('modification', ['changes.source_instance', 'changes.deal_change_id']) }}
        as modification_key,
    obligations.obligation_key,
    obligations.project_key,
    obligations.project_code,
    obligations.obligation_code,
    changes.effective_date,
    changes.service_end_date,
    changes.change_name as modification_name,
    coalesce(changes.treatment, obligations.modification_treatment) as treatment,
    changes.currency_code,
    {{ round_money('coalesce(changes.price_change_amount, 0)', 'changes.currency_code') }}
        as price_change_amount,
    cast(coalesce(changes.cap_change_amount, 0) as decimal(18, 4)) as cap_change_amount,
    {{ correlation_id('changes', 'modification') }} as correlation_id,
    {{ source_coordinates('changes') }}
from {{ ref('crm_deal_changes') }} as changes
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'crm'
    and changes.source_instance = crosswalk.source_instance
    and changes.amended_deal_id = crosswalk.record_id
left join {{ ref('dim_obligations') }} as obligations
    on crosswalk.project_code = obligations.project_code
    and case
        when changes.obligation_code is null then obligations.is_first
        else changes.obligation_code = obligations.obligation_code
    end
where
    changes.is_won
    and changes.effective_date is not null
    and not changes.is_deleted
