{#
    A vendor's table against its model of a contract, one row of it a row there: as many
    rows, and as much in all of an amount. What a role's model lost or doubled on the way
    no control above it could see. `carried_amount` is the amount in the contract's
    columns, where they are named otherwise; `left_out` says of which rows (`records`) of
    the table (`staged`) the model is meant to say nothing, `carried` which of the model's rows
    are of this table. Where a row goes into one of two models, `also_into` is the other.
#}
{% test is_carried_whole(
    model, into, amount='0', carried_amount=none, left_out='false', also_into=none,
    also_amount=none, carried='true'
) %}

with

staged as (select * from {{ model }}),

stacked as (

    select
        1 as staged_rows,
        0 as carried_rows,
        {{ amount }} as staged_amount,
        0 as carried_amount
    from staged as records
    where not ({{ left_out }})

    union all

    select
        0 as staged_rows,
        1 as carried_rows,
        0 as staged_amount,
        {{ carried_amount or amount }} as carried_amount
    from {{ into }}
    where {{ carried }}

    {%- if also_into %}

    union all

    select
        0 as staged_rows,
        1 as carried_rows,
        0 as staged_amount,
        {{ also_amount or amount }} as carried_amount
    from {{ also_into }}

    {%- endif %}

),

summed as (
    select
        sum(staged_rows) as staged_rows,
        sum(carried_rows) as carried_rows,
        sum(staged_amount) as staged_amount,
        sum(carried_amount) as carried_amount
    from stacked
)

select *
from summed
where staged_rows != carried_rows or staged_amount != carried_amount

{% endtest %}
