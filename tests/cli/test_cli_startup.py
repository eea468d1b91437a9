"""Starting is light: heavy libraries load only in the command that needs them."""

import json
import subprocess
import sys

import pytest

from cli_helpers import Machine

HEAVY = ("httpx", "keyring", "pydantic", "sqlite3", "rich", "babel", "tomlkit")
WATCH = """
import json, runpy, sys
sys.argv = ["kaufland", *sys.argv[1:]]
try:
    runpy.run_module("kaufland_cli", run_name="__main__", alter_sys=True)
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def loaded(machine: Machine, *words: str) -> set[str]:
    """Return which of the heavy libraries a command loads."""
    command = [sys.executable, "-c", WATCH, *words]
    # Measuring coverage would load sqlite3 itself.
    environ = {name: value for name, value in machine.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, capture_output=True, env=environ, timeout=30, check=True)
    return set(HEAVY) & set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--version",), ("--help",)], ids=" ".join)
def test_version_and_help_load_nothing_heavy(words: tuple[str, ...], real: Machine) -> None:
    """What needs no settings and no store loads neither them nor the network."""
    assert loaded(real, *words) == set()


def test_a_list_loads_no_network_and_no_keyring(real: Machine) -> None:
    """A list for programs needs settings and store only; a secret in the environment needs no keyring."""
    real.good("import-orders")
    assert loaded(real, "orders", "list", "--json") <= {"pydantic", "sqlite3"}
    assert "keyring" not in loaded(real, "import-orders")
