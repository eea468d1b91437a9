"""What each command does: its steps, in the words of the trade, above everything that it needs."""
