-- Grain: one row: what labour is costed at. A build is at actual cost; the pass for whom
-- pay is not to be seen builds what comes of this row again, with `standard` in it.
select cast('actual' as varchar) as cost_basis
