"""Mutants: rules changed on purpose, to see whether a test notices."""
