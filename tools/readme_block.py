"""Print a walk-through of the README as a script: `python tools/readme_block.py sh` (or powershell)."""

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def readme_block(name: str) -> str:
    """Return the code block that follows the mark `<!-- walk-through: NAME -->`."""
    found = re.search(
        rf"<!-- walk-through: {name} -->\n```\w+\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    if found is None:
        raise SystemExit(f"There is no walk-through {name!r} in {README.name}.")
    return found[1]


if __name__ == "__main__":
    print(readme_block(sys.argv[1]), end="")
