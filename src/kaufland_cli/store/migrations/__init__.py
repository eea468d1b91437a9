"""The tables of the store, step by step: each migration is applied once and never edited again."""
