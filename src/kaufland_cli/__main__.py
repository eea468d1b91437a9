"""Runs the program: `kaufland` and `python -m kaufland_cli`."""

from kaufland_cli.cli.main import main

if __name__ == "__main__":
    main()
