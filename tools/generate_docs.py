"""Write the documentation that comes from the code: config.example.toml and parts of the Markdown files.

Such a part starts with `<!-- generated: NAME -->` and ends with `<!-- end -->`. With --check nothing is written: files
that are out of date are listed, and the exit code is 1. Run it as a module: `python -m tools.generate_docs`.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tools.command_reference import Command, commands

from kaufland_cli.errors import ExitCode, KauflandError, known_errors
from kaufland_cli.settings.keys import CODE, STOREFRONTS, SettingKey, sections, setting_keys
from kaufland_cli.settings.pages import default_text, example_toml
from kaufland_cli.settings.sources import variable_of
from kaufland_cli.store.database import empty_database

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)
VIEWS = ("v_orders", "v_order_lines", "v_order_units")


TEN_SETTINGS = (
    "order_import.auto_import_orders",
    "order_import.interval_minutes",
    "order_import.initial_days",
    "order_import.create_sales_orders",
    "order_import.default_customer_no",
    "sales_orders.target",
    "sales_orders.customers",
    "monitoring.mail_to",
    "debug.log_api_requests",
    "privacy.delete_after_days",
)


def ten_settings() -> str:
    """Return a short table of the settings that most sellers change."""
    known = {one.key: one for one in setting_keys()}
    rows = ((f"`{key}`", _default(known[key]), known[key].description) for key in TEN_SETTINGS)
    return _table(("setting", "default", "meaning"), rows)


def settings() -> str:
    """Return a section with a table for each section of the settings file."""
    parts = []
    for section in sections():
        title = f"{section}.{CODE}" if section == STOREFRONTS else section
        rows = [
            (f"`{one.key.rpartition('.')[2]}`", _default(one), _plain(one.allowed), _plain(one.description))
            for one in setting_keys()
            if one.key.rpartition(".")[0] == title
        ]
        parts.append(f"## `[{title}]`\n\n{_table(('key', 'default', 'allowed', 'meaning'), iter(rows))}")
    return "\n".join(parts)


def setup_page() -> str:
    """Return the fields of Kaufland's setup page with their settings."""
    fields = ((one.setup_page_field, f"`{one.key}`", _default(one)) for one in setting_keys() if one.setup_page_field)
    return _table(("field", "setting", "default"), fields)


def command_list() -> str:
    """Return every command with its summary."""
    rows = ((f"[`{one.name}`](#{_anchor(one)})", one.summary) for one in commands() if not one.is_group)
    return _table(("command", "what it does"), rows)


def command_sections() -> str:
    """Return a section for each group and command: what it does, examples, arguments and options."""
    return "\n".join(map(_command_section, commands()))


def _command_section(command: Command) -> str:
    level = "###" if len(command.words) > len(("kaufland", "command")) else "##"
    parts = [f"{level} {command.name}\n", f"{_plain(command.summary)}\n"]
    for kind, texts in groupby(command.body, key=itemgetter(0)):
        if kind == "example":
            parts.append("\n".join(["```sh", *(text for _, text in texts), "```\n"]))
        else:
            parts += [f"{_with_code(text)}\n" for _, text in texts]
    parts.append(f"Usage: `{command.usage}`\n")
    for head, records in (("argument", command.arguments), ("option", command.options)):
        if records:
            rows = ((f"`{name.strip()}`", _plain(meaning)) for name, meaning in records)
            parts.append(_table((head, "meaning"), rows))
    return "\n".join(parts)


def _anchor(command: Command) -> str:
    return command.name.replace(" ", "-")


def _with_code(text: str) -> str:
    """Mark a command at the end of a paragraph as code."""
    found = re.fullmatch(r"(?P<lead>.*?: )(?P<command>[^:]*\bkaufland [^.:,]+)", text)
    return f"{_plain(found['lead'])}`{found['command']}`" if found else _plain(text)


def _plain(text: str) -> str:
    """Return a text with Markdown's special characters escaped."""
    return re.sub(r"([*<\\])", r"\\\1", text)


def _default(known: SettingKey) -> str:
    if known.default is not None:
        return f"`{default_text(known)}`"
    name = known.key.rpartition(".")[2]
    (general,) = [one.key for one in setting_keys() if one.key.rpartition(".")[2] == name and one is not known]
    return f"as `{general}`"


def variables() -> str:
    """Return the environment variable of each setting."""
    rows = ((f"`{variable_of(one.key.replace(CODE, 'at'))}`", f"`{one.key}`") for one in setting_keys())
    return _table(("variable", "setting"), rows)


def exit_codes() -> str:
    """Return the table of exit codes."""
    return _table(("code", "meaning"), ((str(int(code)), code.meaning) for code in ExitCode))


def errors() -> str:
    """Return the table of errors, by exit code."""
    known = sorted(known_errors(), key=lambda error: error.exit_code)
    rows = ((f"`{error.code_name()}`", str(int(error.exit_code)), error.summary(), _way_out(error)) for error in known)
    return _table(("error", "exit code", "meaning", "usual way out"), rows)


def view_columns(view: str) -> str:
    """Return the names of a view's columns, in order."""
    with empty_database() as database:
        names = [str(row["name"]) for row in database.rows("SELECT name FROM pragma_table_info(?)", (view,))]
    return ", ".join(f"`{name}`" for name in names) + "\n"


PIECES: Mapping[str, Callable[[], str]] = {
    "ten-settings": ten_settings,
    "settings": settings,
    "setup-page": setup_page,
    "variables": variables,
    "command-list": command_list,
    "commands": command_sections,
    "exit-codes": exit_codes,
    "errors": errors,
    **{view.replace("_", "-"): partial(view_columns, view) for view in VIEWS},
}


def generated_files() -> Iterator[tuple[Path, str]]:
    """Yield each file with generated parts, and the text it should have."""
    yield ROOT / "config.example.toml", example_toml()
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        text = page.read_text(encoding="utf-8")
        if MARKED.search(text):
            yield page, MARKED.sub(lambda found: f"{found[1]}\n{PIECES[found['name']]().strip()}\n\n", text)


def out_of_date() -> list[Path]:
    """Return the files whose text is not what it should be."""
    return [path for path, text in generated_files() if not path.exists() or path.read_text(encoding="utf-8") != text]


def _way_out(error: type[KauflandError]) -> str:
    return "".join(part if isinstance(part, str) else f"`{part.typed()}`" for part in error.default_hint.parts)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    shown = [f"| {' | '.join(cells)} |\n" for cells in lines]
    return "".join([shown[0], f"|{'---|' * len(head)}\n", *shown[1:]])


def main() -> int:
    """Write the files, or list those that are out of date."""
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
