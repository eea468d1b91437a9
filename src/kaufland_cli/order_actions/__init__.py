"""Writing to Kaufland: checked before the first request, carried out once, and kept in a ledger."""
