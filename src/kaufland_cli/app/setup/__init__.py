"""`kaufland setup`: the questions, the answers so far, and what is written at the end."""
