"""Runs the program: `kaufland` and `python -m kaufland_cli`."""

import gc
import os
import sys
from pathlib import Path
from typing import NoReturn

# A page of orders is thousands of objects, hardly any of them in a circle: looking for circles as often as usual only
# costs time, a tenth of a large import.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> NoReturn:
    """Run the program; Ctrl-C counts from the first moment, also while the program is still being loaded."""
    gc.disable()  # nothing that is being loaded becomes garbage
    # pydantic would look through every installed package for plugins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    forget_present_folder()
    try:
        from kaufland_cli.cli.main import main as run  # noqa: PLC0415 - see above

        collect_rarely()
        run()
    except KeyboardInterrupt:
        sys.exit(130)


def forget_present_folder() -> None:
    """Never import a file from the folder in which `python -m` runs as a module of this program."""
    if sys.path and sys.path[0] in {"", str(Path.cwd())}:
        del sys.path[0]


def collect_rarely() -> None:
    """Collect reference cycles rarely, and never among objects that exist already."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


if __name__ == "__main__":
    main()
