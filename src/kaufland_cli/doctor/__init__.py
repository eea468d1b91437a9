"""What `kaufland doctor` looks at: each look returns checks, and none keeps the others from being made."""
