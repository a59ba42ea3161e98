"""Workday: people, where they work, what they are paid, when they are away."""
