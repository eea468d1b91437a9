"""Print a walk-through of the quick start page as a script: `python tools/walk_through.py sh` (or powershell)."""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "quick-start.md"


def walk_through(name: str) -> str:
    """Return the code block after the comment `<!-- walk-through: NAME -->`."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- walk-through: {name} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise SystemExit(f"There is no walk-through {name!r} in {PAGE.name}.")
    return found[1]


if __name__ == "__main__":
    print(walk_through(sys.argv[1]), end="")
