"""Timebook: a made-up PSA that knows jobs, people and what they worked."""
