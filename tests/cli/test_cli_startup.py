"""What a command loads: nothing that it does not need, so that it starts at once."""

import json
import subprocess
import sys

import pytest

from support.machine import Machine
from support.sampling import sampled

# Libraries that take long to load, from outside and of Python itself.
HEAVY = {
    "asyncio",
    "babel",
    "email",
    "filelock",
    "h11",
    "http.client",
    "http.cookiejar",
    "http.server",
    "httpcore",
    "httpx",
    "importlib.metadata",
    "keyring",
    "msgspec",
    "multiprocessing",
    "pydantic",
    "rich",
    "secretstorage",
    "smtplib",
    "sqlite3",
    "ssl",
    "tomli_w",
    "tomlkit",
    "unittest",
    "xml",
}
# pydantic itself looks for plugins with these.
SETTINGS = {"pydantic", "importlib.metadata", "email"}
READING = SETTINGS | {"sqlite3"}
NETWORK = {"httpx", "httpcore", "h11", "http.client", "http.cookiejar", "ssl"}
# What stands at the bottom loads nothing itself.
COMMON = {"domain", "files"}
ROOMS_OF_A_LIST = {"app", "cli", "output", "settings", "store"}
ASKING = ROOMS_OF_A_LIST | {"secrets", "seller_api", "http", "domain"}

ALLOWED: dict[tuple[str, ...], tuple[set[str], set[str]]] = {
    ("--version",): (set(), {"app", "cli", "output"}),
    ("--help",): ({"rich"}, {"app", "cli", "output"}),
    ("orders", "list", "--json"): (READING, ROOMS_OF_A_LIST),
    ("orders", "list", "--search", "kessel", "--csv"): (READING, ROOMS_OF_A_LIST),
    ("orders", "show", "M4XCAA2", "--json"): (READING, ROOMS_OF_A_LIST),
    ("log", "show", "--json"): (READING, ROOMS_OF_A_LIST),
    ("status", "--json"): (READING | {"filelock"}, ROOMS_OF_A_LIST | {"monitoring", "order_import", "scheduling"}),
    ("config", "list", "--json"): (SETTINGS, {"app", "cli", "output", "settings"}),
    ("profiles", "list", "--json"): (READING, ROOMS_OF_A_LIST | {"scheduling"}),
    ("doctor", "--json"): (
        READING | NETWORK | {"filelock", "smtplib"},  # it tries the channels
        ASKING | {"order_import", "doctor", "monitoring", "sales_orders", "scheduling"},
    ),
    ("test-connection", "--json"): (READING | NETWORK, ASKING | {"doctor"}),  # the store has the log
    ("import-orders", "--json"): (
        READING | NETWORK | {"filelock"},
        ASKING | {"order_import", "sales_orders", "upkeep"},
    ),
    ("import-orders", "--scheduled"): (  # not due
        READING,
        ROOMS_OF_A_LIST | {"monitoring", "scheduling"},
    ),
    ("reconcile", "--json"): (
        READING | NETWORK | {"filelock", "msgspec"},
        ASKING | {"order_import"},
    ),
}

WATCH = """
import json, sys
sys.argv[0] = "kaufland"
from kaufland_cli.__main__ import main
try:
    main()
finally:
    print(file=sys.stderr)
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(machine: Machine, *words: str) -> set[str]:
    """Return the modules that a command loads."""
    command = [sys.executable, "-c", WATCH, *words]
    # Measuring coverage would load sqlite3 itself.
    environ = {name: value for name, value in machine.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, capture_output=True, env=environ, timeout=30, check=False)
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(found)


DAILY = (*("--version", "orders list --json", "status --json", "import-orders --scheduled"),)


@pytest.mark.parametrize("line", sampled(map(" ".join, ALLOWED), *DAILY))
def test_command_loads_only_what_it_needs(line: str, real: Machine) -> None:
    """Each command has its list of heavy libraries and packages; none loads the simulator."""
    words = tuple(line.split())
    real.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    real.good("import-orders")
    libraries, rooms = ALLOWED[words]
    found = loaded(real, *words)
    assert found & HEAVY <= libraries
    own = {name.split(".")[1] for name in found if name.startswith("kaufland_cli.") and not name.endswith("__")}
    folders = {name for name in own if any(module.startswith(f"kaufland_cli.{name}.") for module in found)}
    assert folders - COMMON <= rooms
    assert "kaufland_cli.simulator" not in found


PIPED = [
    *("orders list", "orders show M4XCAA2", "orders show NONE", "status", "log show 1", "config list", "doctor"),
    *("test-connection", "import-orders --storefront fr", "reconcile", "backup"),
]


@pytest.mark.parametrize("line", sampled(PIPED, "orders list", "orders show NONE"))
def test_rich_is_for_terminals(line: str, real: Machine) -> None:
    """Behind a pipe lists, cards and errors come without rich; see docs/decisions/0021-rich-on-terminals.md."""
    real.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    real.good("import-orders")
    assert "rich" not in loaded(real, *line.split())


READING_COMMANDS = ["orders list --json", "orders show M4XCAA2 --json", "log show --json"]


@pytest.mark.parametrize("line", sampled(READING_COMMANDS, "orders list --json"))
def test_reading_commands_load_nothing_that_writes(line: str, real: Machine) -> None:
    """A list loads nothing of the API, and of the store nothing that stores units."""
    real.good("import-orders")
    found = loaded(real, *line.split())
    assert not {name for name in found if name.startswith("kaufland_cli.seller_api.")}
    writing = ("page_writer", "orders", "run_tally", "reconciliation")
    assert not {f"kaufland_cli.store.{name}" for name in writing} & found


def test_command_loads_no_module_of_another_command(real: Machine) -> None:
    """Of the command line, `orders list` loads the module of `orders`, and of the others nothing."""
    real.good("import-orders")
    found = loaded(real, "orders", "list")
    commands = {module for module in found if module.startswith("kaufland_cli.cli.")}
    assert "kaufland_cli.cli.orders" in commands
    assert not commands & {
        f"kaufland_cli.cli.{name}" for name in ("config", "doctor", "sales_orders", "setup", "status")
    }


def test_secret_in_the_environment_needs_no_keyring(real: Machine) -> None:
    """Under cron nothing looks for a desktop's keyring that is not asked for."""
    assert "keyring" not in loaded(real, "import-orders")
