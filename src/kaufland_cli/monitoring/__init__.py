"""Knowing whether imports still run: what was told to whom, what to say, and the ways to say it."""
