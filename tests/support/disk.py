"""Small disks that can be filled, and what the program has to say of a full one."""

from collections.abc import Callable
from pathlib import Path

Disk = Callable[[Path, int], None]
"""Puts a disk of this many bytes in a folder's place, or changes its size."""


def fill(folder: Path) -> None:
    """Fill the disk of a folder."""
    with (folder / "filler").open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def check_told(code: int, err: str) -> None:
    """Insist on exit code 9 and one message that says what is wrong, that all is safe, and what to type."""
    assert code == 9, err
    assert "no room left" in err or "full or failing" in err, err
    assert "kaufland import-orders" in err
    assert "Traceback" not in err
