-- Milestones that say no amount: nobody knows what they earn.
{{ exceptions_of_lacking('milestone_without_amount') }}
