"""Puts the man pages into the wheel if they have been built (`make man`); the wheel also builds without them.

hatchling loads this file as a build hook (pyproject.toml). An sdist includes the built pages.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Adds build/man/man1 to the wheel's data files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add each page; an editable install gets none."""
        if version != "editable":
            pages = Path(self.root, "build", "man", "man1").glob("*.1")
            build_data["shared_data"].update({str(page): f"share/man/man1/{page.name}" for page in sorted(pages)})
