"""Systems without an API: what they deliver in files, as a firm declares it."""
