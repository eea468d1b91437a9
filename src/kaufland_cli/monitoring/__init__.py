"""Watches whether imports still run: when to notify, what to say, and the channels that send it."""
