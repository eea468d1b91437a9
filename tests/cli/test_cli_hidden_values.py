"""Addresses and commands that let in whoever knows them: never on a screen, in JSON, in a report or in a fault."""

from pathlib import Path

import pytest

from support.machine import SECRET, Machine

CANARY = "9e1d2f3a-canary-4bcd-8eef-112233445566"
WORD = "Zq7vXw2LtB9kHd4mRs8p"
CONFIG = f"""
[api]
client_key = 'de30de30de30de30de30de30de30de30'
base_url = 'http://127.0.0.1:9'
[monitoring]
ping_url = 'http://127.0.0.1:9/ping/{CANARY}'
[secret]
mail_command = ['bw', 'get', 'x', '--session', '{WORD}']
command = ['nowhere', '--token={WORD}']
"""


@pytest.mark.parametrize(
    "words",
    [
        ("config", "list"),
        ("config", "list", "--json"),
        ("config", "list", "--jsonl"),
        ("config", "list", "--csv"),
        ("config", "get", "monitoring.ping_url"),
        ("config", "get", "monitoring.ping_url", "--json"),
        ("config", "get", "secret.mail_command"),
        ("config", "get", "secret.command", "--json"),
        ("config", "set", "monitoring.ping_url", f"https://hc-ping.com/{CANARY}"),
        ("config", "set", "monitoring.ping_url", f"http://hc-ping.com/{CANARY}"),
        ("config", "set", "monitoring.ping_url", f"https://hc-ping.com/{CANARY}?a b"),
        ("config", "set", "secret.mail_command", f"bw --session '{WORD}"),
        ("monitoring", "test"),
        ("monitoring", "test", "--json"),
        ("--debug", "monitoring", "test"),
        ("secret", "status"),
        ("status", "--json"),
        ("doctor", "--json"),
        ("import-orders", "--scheduled"),
        ("log", "show", "--json"),
        ("schedule", "status", "--json"),
    ],
)
def test_commands_never_show_hidden_values(machine: Machine, words: tuple[str, ...]) -> None:
    """Whatever it comes to, neither the path of the ping URL nor a password in a command is in its output."""
    machine.write_config(CONFIG)
    done = machine.run(*words)
    assert CANARY not in done.out + done.err
    assert WORD not in done.out + done.err


def test_report_and_the_store_do_not_hold_them(machine: Machine, tmp_path: Path) -> None:
    """What is sent to whoever helps, and what is kept of imports."""
    machine.write_config(CONFIG.replace("[monitoring]", "[order_import]\nauto_import_orders = true\n[monitoring]"))
    machine.more["KAUFLAND_SECRET_KEY"] = SECRET
    machine.run("import-orders", "--scheduled")
    machine.run("doctor", "--report", str(tmp_path / "report.json"))
    written = [path for path in [*machine.files(), tmp_path / "report.json"] if path != machine.config]
    assert len(written) > 1
    for path in written:
        assert CANARY.encode() not in path.read_bytes(), path
        assert WORD.encode() not in path.read_bytes(), path


def test_reveal_shows_the_value(machine: Machine) -> None:
    """`config get --reveal` prints the value as it is, for a person and for a program."""
    machine.write_config(CONFIG)
    done = machine.good("config", "get", "monitoring.ping_url", "--reveal")
    assert done.out == f"http://127.0.0.1:9/ping/{CANARY}\n"
    assert machine.good("config", "get", "monitoring.ping_url").out == "http://127.0.0.1:9/***\n"
    words = machine.good("config", "get", "secret.mail_command", "--reveal", "--json").json()["value"]
    assert words[-1] == WORD
