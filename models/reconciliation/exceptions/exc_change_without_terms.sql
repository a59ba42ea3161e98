-- Signed changes of a contract that do not say from which day they hold, or nothing of what
-- they change: they do not count, and nobody knows what the contract comes to.
select
    'change_without_terms' as kind,
    'change ' || coalesce(changes.change_name, changes.deal_change_id)
    || coalesce(
        ' of '
        || {{ amount_text('changes.price_change_amount', 'changes.currency_code') }}
        || coalesce(' ' || changes.currency_code, ''), ''
    )
    || case
        when changes.effective_date is null then ' is signed and says no day that it holds from'
        else ' is signed and says nothing that it changes'
    end as reason,
    changes.source_system,
    changes.source_instance,
    changes.source_id,
    obligations.legal_entity_code,
    obligations.project_key,
    cast(null as date) as period_month,
    changes.price_change_amount as amount,
    changes.currency_code,
    coalesce(
        changes.effective_date,
        obligations.service_start_date,
        cast(changes.source_updated_at as date)
    ) as since
from {{ ref('crm_deal_changes') }} as changes
left join {{ ref('crosswalk_projects') }} as crosswalk
    on crosswalk.role = 'crm'
    and changes.source_instance = crosswalk.source_instance
    and changes.amended_deal_id = crosswalk.record_id
left join {{ ref('dim_obligations') }} as obligations
    on crosswalk.project_code = obligations.project_code
    and obligations.is_first
where
    changes.is_won
    and not changes.is_deleted
    and (
        changes.effective_date is null
        or (
            changes.price_change_amount is null
            and changes.cap_change_amount is null
            and changes.service_end_date is null
        )
    )
