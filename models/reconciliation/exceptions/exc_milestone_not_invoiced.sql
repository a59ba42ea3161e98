-- Milestones accepted and not invoiced within the days of grace (C09).
{{ exceptions_of_control('milestone_not_invoiced', ref('rec_milestones_to_invoices')) }}
