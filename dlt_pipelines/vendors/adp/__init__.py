"""ADP payroll: workers, payroll runs, and the pay and employer cost in them."""
