"""Write what the documentation has from the code: config.example.toml and parts of the Markdown files.

Such a part begins with `<!-- generated: NAME -->` and ends with `<!-- end -->`. With --check nothing is written: files
that are out of date are named, and the exit code is 1.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from kaufland_cli.errors import ExitCode, KauflandError, known_errors
from kaufland_cli.settings.pages import example_toml, settings_table
from kaufland_cli.store.database import empty_database

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)
VIEWS = ("v_orders", "v_order_lines", "v_order_units")


def exit_codes() -> str:
    """Return the table of exit codes."""
    return _table(("code", "meaning"), ((str(int(code)), code.meaning) for code in ExitCode))


def errors() -> str:
    """Return the table of errors, by exit code."""
    known = sorted(known_errors(), key=lambda error: error.exit_code)
    rows = ((f"`{error.code_name()}`", str(int(error.exit_code)), error.summary(), _way_out(error)) for error in known)
    return _table(("error", "exit code", "meaning", "usual way out"), rows)


def view_columns(view: str) -> str:
    """Return the names of a view's columns, in their order."""
    with empty_database() as database:
        names = [str(row["name"]) for row in database.rows("SELECT name FROM pragma_table_info(?)", (view,))]
    return ", ".join(f"`{name}`" for name in names) + "\n"


PIECES: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "exit-codes": exit_codes,
    "errors": errors,
    **{view.replace("_", "-"): partial(view_columns, view) for view in VIEWS},
}


def generated_files() -> Iterator[tuple[Path, str]]:
    """Yield each file that holds something generated, with the text that it should have."""
    yield ROOT / "config.example.toml", example_toml()
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        text = page.read_text(encoding="utf-8")
        if MARKED.search(text):
            yield page, MARKED.sub(lambda found: f"{found[1]}\n{PIECES[found['name']]().strip()}\n\n", text)


def out_of_date() -> list[Path]:
    """Return the files that do not have the text that they should have."""
    return [path for path, text in generated_files() if not path.exists() or path.read_text(encoding="utf-8") != text]


def _way_out(error: type[KauflandError]) -> str:
    return re.sub(r"(kaufland [^,()]*)$", r"`\1`", error.default_hint)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    shown = [f"| {' | '.join(cells)} |\n" for cells in lines]
    return "".join([shown[0], f"|{'---|' * len(head)}\n", *shown[1:]])


def main() -> int:
    """Write the files, or name those that are out of date."""
    if "--check" in sys.argv[1:]:
        stale = out_of_date()
        for path in stale:
            print(f"out of date: {path.relative_to(ROOT).as_posix()} (make docs)")
        return 1 if stale else 0
    for path, text in generated_files():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"written: {path.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
