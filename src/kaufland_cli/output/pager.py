"""Shows lists longer than the screen in a pager, as git does: `PAGER`, else `less -FRX`.

If the pager is missing or fails, the list is written to the terminal as it is.
"""

import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import chain, islice
from typing import Final

from kaufland_cli.output.stream import Stream
from kaufland_cli.programs import ctrl_c_left_to_the_other, environment_for_others, find_program

_USUAL: Final = "less -FRX"
_NO_PAGER: Final = frozenset({"", "cat"})
_DEFAULTS: Final = {"LESS": "FRX", "LV": "-c"}
"""Without these, `PAGER=less` would show colours as signs."""


def write_in_pages(lines: Iterable[str], stream: Stream, environ: Mapping[str, str]) -> None:
    """Write lines to a terminal, through a pager if they do not fit on its screen."""
    remaining = iter(lines)
    first = list(islice(remaining, stream.height))
    everything = chain(first, remaining)
    command = _pager(environ) if stream.height and len(first) == stream.height else []
    stream.write_all(_show_in_pager(command, everything, stream, environ) if command else everything)


def _pager(environ: Mapping[str, str]) -> list[str]:
    """Return the pager's command; empty if there is none or none is wanted."""
    wanted = environ.get("PAGER", _USUAL).strip()
    try:
        words = [] if wanted in _NO_PAGER else shlex.split(wanted)
    except ValueError:  # a quote without its other half
        return []
    found = find_program(words[0], environ) if words else ""
    return [found, *words[1:]] if found else []


def _show_in_pager(
    command: list[str], lines: Iterable[str], stream: Stream, environ: Mapping[str, str]
) -> Iterable[str]:
    """Show the lines in a pager until it ends; return all of them if it failed, else nothing.

    Ctrl-C is for the pager: `less` goes on, others end. Raises `KeyboardInterrupt` if it ended so.
    """
    settings = {**_DEFAULTS, **({"LESSCHARSET": "utf-8"} if stream.speaks_unicode else {})}
    handed: list[str] = []
    with ctrl_c_left_to_the_other():
        try:
            pager = subprocess.Popen(
                command, stdin=subprocess.PIPE, env={**settings, **environment_for_others(environ)}
            )
        except OSError:
            return lines
        try:
            with suppress(OSError):  # it has ended before it read everything
                for line in lines:
                    handed.append(line)
                    pager.stdin.write(f"{line}\n".encode(stream.encoding, "replace"))  # type: ignore[union-attr]
            pager.communicate()
        except BaseException:
            pager.terminate()
            raise
    if pager.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    return chain(handed, lines) if pager.returncode > 0 else ()
