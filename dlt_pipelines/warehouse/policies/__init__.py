"""The policy seeds: read one way for everybody, and checked."""
