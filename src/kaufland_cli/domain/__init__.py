"""The rules of the trade: text, item numbers, addresses; imports nothing else of this program and does no I/O."""
