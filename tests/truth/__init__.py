"""The truth: the demo firm's economics in plain Python, to hold the models against."""
