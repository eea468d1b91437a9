"""The store: one SQLite file per profile and API host, and the program's only SQL."""
