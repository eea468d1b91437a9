"""Output for other programs, pipes and files: full values, nothing truncated, without rich. See docs/decisions/0021."""
