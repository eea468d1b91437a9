"""Write man pages for the program and each command to build/man/man1, from the program's command tree.

`make wheel` puts them into the package, which installs them to share/man/man1.
"""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tools.command_reference import Command, commands

from kaufland_cli import __version__
from kaufland_cli.errors import ExitCode

FOLDER = Path(__file__).parent.parent / "build" / "man" / "man1"


def man_pages() -> Iterator[tuple[str, str]]:
    """Yield the file name and the text of each page."""
    known = list(commands())
    for command in known:
        inner = [one for one in known if one.words[:-1] == command.words]
        yield f"{_page_name(command)}.1", _page(command, inner, known[0])


def _page(command: Command, inner: list[Command], program: Command) -> str:
    title = _page_name(command)
    lines = [
        f'.TH "{title.upper()}" "1" "{_day()}" "kaufland {__version__}" "kaufland"',
        ".SH NAME",
        f"{_text(title)} \\- {_text(command.summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        f"\\fB{_text(command.name)}\\fR {_text(command.usage.removeprefix(command.name).strip())}",
    ]
    if command.body:
        lines.append(".SH DESCRIPTION")
    for kind, texts in groupby(command.body, key=itemgetter(0)):
        for _, text in texts:
            lines += [".PP", ".RS 4", _text(text), ".RE"] if kind == "example" else [".PP", _text(text)]
    lines += _list("COMMANDS", [(one.words[-1], one.summary) for one in inner])
    lines += _list("ARGUMENTS", command.arguments)
    lines += _list("OPTIONS", command.options)
    lines += _list("EXIT STATUS", [(str(int(code)), f"{code.meaning}.") for code in ExitCode])
    others = inner or [program]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(_page_name(one))}\\fR(1)" for one in others)]
    return "\n".join(lines) + "\n"


def _list(title: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    items = [line for name, meaning in entries for line in (".TP", f"\\fB{_text(name.strip())}\\fR", _text(meaning))]
    return [f".SH {title}", *items] if entries else []


def _text(text: str) -> str:
    """Return a text with roff's special characters escaped."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", plain)


def _page_name(command: Command) -> str:
    return "-".join(command.words)


def _day() -> str:
    """Return the date of the build, or that of SOURCE_DATE_EPOCH, so that builds are reproducible."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)
    return f"{moment:%Y-%m-%d}"


def main() -> None:
    """Write all pages and remove those of commands that no longer exist."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for name, text in man_pages():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"written: {len(list(FOLDER.glob('*.1')))} pages in build/man/man1")


if __name__ == "__main__":
    main()
