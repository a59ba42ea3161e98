"""What we take for granted about Workday without having seen it confirmed.

A report's columns are the tenant's own, so these are columns that a report may lack: no
setting asks for them, and without them nothing is in days and nothing was taken back.
Beside them, that full time is a ratio or a percentage is recorded, which of the two a
tenant's column holds is not: workday__hr_assignments tells them by their size. Whether
a rehired worker still has the last day of the employment before is not known either.
"""

# The unit that a plan of absences counts in: Hours or Days, as time off entries have.
UNIT = "Time_Off_Unit"

# Who holds several jobs has events of each. A report that has the column says which are
# of the primary job; where it has none, or the field is empty, an event is. What
# somebody does in an additional one is in no assignment, pay or contracted hours.
PRIMARY = "Is_Primary_Job"

# An event or a hire that was taken back may vanish from a report or come flagged.
RESCINDED = "Is_Rescinded"
HIRE_RESCINDED = "Hire_Rescinded"
