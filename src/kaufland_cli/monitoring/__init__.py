"""Knowing whether imports still run: what was notified, what to say, and the ways to say it."""
