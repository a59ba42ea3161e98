{{ config(tags=['control'], severity='error', meta={'control_id': 'I33'}) }}
-- Kinds of exceptions that policy says nothing of, so that nobody owns them; policies of
-- kinds that no model finds; and exceptions that go by another name than their model.
with

models as (
    {{ exception_kinds() }}
),

named as (

    select
        kind,
        'no row of exception_policies is for ' || kind as message
    from models

    union all

    select
        kind,
        'no model finds ' || kind || ', which exception_policies has a row for' as message
    from {{ ref('exception_policies') }}

    union all

    select distinct
        kind,
        'an exception is called ' || kind || ', which no model is' as message
    from {{ ref('rec_exceptions') }}

)

select
    named.kind,
    named.message
from named
left join models on named.kind = models.kind
left join {{ ref('exception_policies') }} as policies on named.kind = policies.kind
where models.kind is null or policies.kind is null
