-- Grain: that of fct_closing_charges, in the build at standard cost.
select *
from {{ ref('fct_closing_charges') }}
