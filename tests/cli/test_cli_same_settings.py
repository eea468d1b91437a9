"""What is to be typed next, or entered into cron, means the same settings as the call that said it."""

import re
import subprocess
import sys

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine


def test_way_out_is_for_the_same_account(machine: Machine) -> None:
    """The command in an error's hint carries the profile and the settings file of the call, once."""
    for words in (("import-orders",), ("orders", "show", "M1"), ("test-connection",)):
        said = machine.run("--profile", "second", *words).err + machine.run("--profile", "second", *words).out
        assert "kaufland --profile second " in said, words
        assert not re.search(r"kaufland (?!--profile second )[a-z]", said), words
    other = machine.folder / "my settings.toml"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(f'[api]\nclient_key = "{"c" * 32}"\n', encoding="utf-8")
    hint = machine.run("--config", str(other), "orders", "show", "M1", "--json").error()["hint"]
    assert hint.count(f"kaufland --config '{other}' ") == 2
    usage = machine.run("--profile", "second", "orders", "list", "--limit", "many", "--json").error()["hint"]
    assert usage == "kaufland --profile second orders list --help"


def test_hint_without_other_settings_stays_as_it_is(machine: Machine) -> None:
    """Without options that choose settings nothing is added, nor to a hint that names a profile itself."""
    machine.write_config(f'[api]\nclient_key = "{"c" * 32}"\n')
    assert machine.run("orders", "show", "M1", "--json").error()["hint"].startswith("kaufland orders list ")
    hint = machine.run("--profile", "A B", "status", "--json").error()["hint"]
    assert hint.count("--profile") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="cron is POSIX's")
def test_line_for_cron_works_where_nothing_is_set(machine: Machine, simulator: Simulator) -> None:
    """The line names the program, the settings and the store by their whole paths: it imports from an empty shell."""
    words = ("--base-url", simulator.base_url, "--client-key", simulator.client_key, "--auto-import-orders")
    machine.good("setup", "--no-input", *words, "--secret-store", "file", "--secret-stdin", stdin=SECRET)
    shown = machine.good("schedule", "install", "--with", "cron", "--dry-run", "--json").json()["would_write"][0][
        "text"
    ]
    (line,) = [line for line in shown.splitlines() if not line.startswith("#")]
    command = line.split(" ", 5)[5]
    assert command.endswith("import-orders --scheduled")
    assert command.startswith(f"env KAUFLAND_DATA_DIR={machine.data} /")
    assert f"--config {machine.config}" in command
    home = {"HOME": str(machine.folder / "elsewhere"), "PATH": "/usr/bin:/bin"}
    simulator.clear_requests()
    ran = subprocess.run(["/bin/sh", "-c", command], env=home, cwd="/", capture_output=True, timeout=60, check=False)
    assert simulator.requests, ran
    assert machine.store.exists()


def test_secret_that_a_schedule_cannot_see_is_reported(connected: Machine) -> None:
    """With the secret key only in this shell's environment, setup tries a job's, and says what is to be done there."""
    key = ("--client-key", connected.more["KAUFLAND_API_CLIENT_KEY"], "--secret-store", "env")
    said = " ".join(connected.good("setup", "--no-input", "--auto-import-orders", *key).err.split())
    assert "A job would not find the secret key: No secret key: the environment variable KAUFLAND_SECRET_KEY" in said
    assert f"kaufland --config {connected.config} setup --secret-store file" in said
    assert "A job would" not in connected.good("setup", "--no-input", "--no-auto-import-orders").err
