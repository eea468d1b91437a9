"""Runs the program: `kaufland` and `python -m kaufland_cli`."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the program; Ctrl-C counts from the first moment, also while the program is still being loaded."""
    try:
        from kaufland_cli.cli.main import main as run  # noqa: PLC0415 - see above

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
