"""The import: one run at a time, every page stored as it comes, and a proof that none is missing."""
