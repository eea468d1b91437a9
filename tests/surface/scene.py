"""What the program shows to the outside, as text: of each part one text, the same on every machine and at every run."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from kaufland_cli import __version__
from kaufland_cli.cli.app import command_tree
from kaufland_cli.errors import ExitCode, known_errors
from kaufland_cli.settings.keys import setting_keys
from kaufland_cli.settings.pages import default_text
from kaufland_cli.simulator import Simulator, Switches, seller_month
from kaufland_cli.store.database import empty_database
from support.clocks import START
from support.crontab import OwnCrontab
from support.machine import Machine

ORDER = "M4XCAA2"
SHOWN: tuple[tuple[str, ...], ...] = (
    ("test-connection",),
    ("import-orders", "--since", "90d"),
    ("import-orders",),
    ("status",),
    ("orders", "list"),
    ("orders", "list", "--status", "need_to_be_sent", "--limit", "3"),
    ("orders", "list", "--failed"),
    ("orders", "list", "--units", "--limit", "3"),
    ("orders", "list", "--addresses", "--limit", "2"),
    (
        "orders",
        "list",
        "--csv=excel",
        "--columns",
        "id_order,total_amount,created_at,shipping_postcode",
        "--limit",
        "3",
    ),
    ("orders", "show", ORDER),
    ("orders", "refresh", ORDER),
    ("reconcile",),
    ("sales-orders", "list"),
    ("sales-orders", "check"),
    ("sales-orders", "push"),
    ("sales-orders", "push", "MLZY7P4", "--confirm-first", "--yes"),
    ("sales-orders", "push"),
    ("sales-orders", "show", "MLZY7P4"),
    ("sales-orders", "list"),
    ("log", "show", "--limit", "4"),
    ("log", "show", "1"),
    ("config", "list"),
    ("config", "get", "order_import.interval_minutes"),
    ("secret", "status"),
    ("schedule", "show"),
    ("schedule", "install", "--with", "cron", "--dry-run"),
    ("schedule", "status"),
    ("profiles", "list"),
    ("doctor",),
    ("backup",),
    ("orders", "erase", ORDER, "--yes"),
    ("orders", "show", "MNOBODY"),
    ("config", "set", "order_import.interval_minutes", "often"),
)
"""Commands in the order in which they are run, each reading what the ones before have left."""


def commands(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command and group of the tree with its words."""
    found = command or command_tree()
    yield words, found
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, (*words, name))


def help_texts(folder: Path) -> str:
    """Return the help of every command."""
    machine = Machine(folder)

    def text(words: tuple[str, ...]) -> str:
        with redirect_stdout(io.StringIO()) as written:
            machine.good(*words, "--help")
        return written.getvalue()

    return "\n".join(f"=== kaufland {' '.join(words)}\n{text(words)}" for words, _ in commands())


def exit_codes(_folder: Path) -> str:
    """Return the exit codes, and each error with its own."""
    codes = [f"{int(code)} {code.meaning}" for code in ExitCode]
    errors = [f"{error.code_name()} {int(error.exit_code)}" for error in known_errors()]
    return "\n".join([*codes, "", *sorted(errors)])


def settings(_folder: Path) -> str:
    """Return each key with its kind, its default and what it allows."""
    return "\n".join(f"{key.key} | {key.kind} | {default_text(key)} | {key.allowed}" for key in setting_keys())


def views(_folder: Path) -> str:
    """Return the columns of the views."""
    with empty_database() as database:
        names = [row["name"] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'view'")]
        columns = {
            name: [row["name"] for row in database.rows("SELECT name FROM pragma_table_info(?)", (name,))]
            for name in sorted(names)
        }
    return "\n".join(f"{name}: {', '.join(found)}" for name, found in columns.items())


def piped(folder: Path) -> str:
    """Return what the commands write into a pipe."""
    return "\n".join(f"=== kaufland {words}\n{text}" for words, text in _run_all(folder))


def json_fields(folder: Path) -> str:
    """Return the fields that the commands write with --json, with their places in the record."""
    return "\n".join(f"=== kaufland {words}\n{text}" for words, text in _run_all(folder, as_json=True))


PARTS: Mapping[str, Callable[[Path], str]] = {
    "help": help_texts,
    "exit-codes": exit_codes,
    "settings": settings,
    "views": views,
    "piped": piped,
    "json": json_fields,
}


def _run_all(folder: Path, *, as_json: bool = False) -> Iterator[tuple[str, str]]:
    machine = Machine(folder / "machine")
    with Simulator(
        orders=seller_month(START), now=machine.clock.now, switches=Switches(shipping_addresses="on")
    ) as simulator:
        machine.connect(simulator)
        machine.more |= {
            "KAUFLAND_API_REQUESTS_PER_SECOND": "1",  # one request after the other
            "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
            "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
            "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
            "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
            "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
            "KAUFLAND_UI_TIMEZONE": "Europe/Berlin",
        }
        OwnCrontab(machine)
        for words in SHOWN:
            done = machine.run(*words, *(("--json",) if as_json else ()))
            if not as_json:
                text = f"exit {done.code}\n{done.out}--- stderr\n{done.err}"
            elif done.out.startswith("{") or done.err.startswith("{"):
                text = "\n".join(sorted(_places(done.json() if done.out else done.error()))) + "\n"
            else:
                continue
            yield " ".join(words), _without_chance(text, machine, simulator)


def _places(value: Any, place: str = "") -> set[str]:
    if isinstance(value, list):
        return set().union(*(_places(one, f"{place}[]") for one in value))
    if isinstance(value, dict):
        return set().union(*(_places(inner, f"{place}.{name}" if place else name) for name, inner in value.items()))
    return {f"{place} = {value}" if place == "schema" else place}


def _without_chance(text: str, machine: Machine, simulator: Simulator) -> str:
    port = simulator.base_url.split(":")[2].split("/")[0]
    text = text.replace(str(machine.folder), "FOLDER").replace(port, "PORT")
    for found, instead in (
        (r"(?m)^.*(versions|time zones|disk|schedule|secret key of jobs).*\n", ""),
        (r"\b\d+(\.\d+)? [kM]B\b", "SIZE"),
        (r"(?<=after )\d+ ms|\b\d+ ms\b", "TIME"),
        (r"/\S*bin/(python\S*|kaufland)", "PROGRAM"),
        (r"(?<=crontab of )\S+", "USER:"),
        (rf"kaufland-cli/{re.escape(__version__)}", "kaufland-cli/VERSION"),
    ):
        text = re.sub(found, instead, text)
    return text
