"""Help, JSON, exit codes, settings, views and piped output change only where somebody means it: `make surface`."""

from importlib.metadata import version
from pathlib import Path

import pytest

from surface.scene import PARTS

FROZEN = Path(__file__).parent / "frozen"
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


@pytest.mark.parametrize("part", PARTS)
def test_frozen_surface_is_as_it_was(part: str, tmp_path: Path) -> None:
    """Each part is the text in `frozen/`; `make surface` writes it after a change that is meant."""
    if part == "help" and f"typer=={version('typer')}" not in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        pytest.skip("each version of typer lays out help in its own way; frozen is that of constraints.txt")
    assert PARTS[part](tmp_path).splitlines() == (FROZEN / f"{part}.txt").read_text(encoding="utf-8").splitlines()
