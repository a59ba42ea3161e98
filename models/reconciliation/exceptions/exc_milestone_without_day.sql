-- Milestones that wait for no task and fall due on no day: they never earn.
{{ exceptions_of_lacking('milestone_without_day') }}
