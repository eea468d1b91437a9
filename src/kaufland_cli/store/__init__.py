"""The store: one SQLite file a profile and API host, and the only SQL of the program."""
