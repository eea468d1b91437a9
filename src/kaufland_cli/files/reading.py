"""Opens and reads regular files, up to an expected size."""

import os
from pathlib import Path
from typing import Final

from kaufland_cli.files.fitness import UnfitFile, followed, refuse_kind, refuse_planted, refuse_unfit

# A named pipe would block until somebody writes to it, and a link would lead to another file.
SAFE_FLAGS: Final = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
)

_MEGABYTE: Final = 1_000_000


def read_file(path: Path, max_bytes: int, *, follow_link: bool = False) -> bytes:
    """Return the content of a regular file of at most `max_bytes` bytes.

    Raises `FileNotFoundError`, `UnfitFile` or another `OSError`. Never blocks.
    """
    handle = open_file(path, os.O_RDONLY, follow_link=follow_link)
    with os.fdopen(handle, "rb") as file:
        content = b"" if os.fstat(handle).st_size > max_bytes else file.read(max_bytes + 1)
        if len(content) > max_bytes or os.fstat(handle).st_size > max_bytes:
            raise UnfitFile(f"is larger than {_size(max_bytes)}", path)
    return content


def open_file(path: Path, flags: int, *, follow_link: bool = False) -> int:
    """Open an existing regular file and return its handle. Raises as `read_file` does."""
    place = followed(path, writing=flags != os.O_RDONLY) if follow_link else path
    refuse_unfit(place)  # opening a device may already have an effect
    handle = os.open(place, flags | SAFE_FLAGS)
    try:
        found = os.fstat(handle)
        refuse_kind(found, place)
        refuse_planted(found, place)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _size(max_bytes: int) -> str:
    return f"{max_bytes // _MEGABYTE} MB" if max_bytes >= _MEGABYTE else f"{max_bytes // 1024} KiB"
