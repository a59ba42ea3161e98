"""Past days as they were known, what changed since, and every figure's reasons."""
