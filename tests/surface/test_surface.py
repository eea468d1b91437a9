"""Help, JSON, exit codes, settings, views and piped output change only where somebody means it: `make surface`."""

from pathlib import Path

import pytest

from surface.scene import PARTS

FROZEN = Path(__file__).parent / "frozen"


@pytest.mark.parametrize("part", PARTS)
def test_what_others_rely_on_is_as_it_was(part: str, tmp_path: Path) -> None:
    """Each part is the text in `frozen/`; `make surface` writes it after a change that is meant."""
    assert PARTS[part](tmp_path).splitlines() == (FROZEN / f"{part}.txt").read_text(encoding="utf-8").splitlines()
