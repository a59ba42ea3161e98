"""Residency: an entity's detail stays in its region; the group gets aggregates."""
