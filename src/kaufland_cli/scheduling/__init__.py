"""The system's own scheduler, which starts the import at its interval: one backend a file."""
