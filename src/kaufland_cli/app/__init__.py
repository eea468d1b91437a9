"""Use cases: what each command does, step by step, without knowing Typer or the terminal."""
