"""Two commands at the same moment: what both change is changed by both, in real processes."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from kaufland_cli.settings.edit import change_settings
from kaufland_cli.simulator import Simulator
from support.machine import Machine

PROGRAM = (sys.executable, "-m", "kaufland_cli")
KEYS = {
    "order_import.interval_minutes": "45",
    "order_import.default_customer_no": "D10000",
    "sales_orders.shipping_number": "8400",
    "sales_orders.customers.AT": "D10001",
    "sales_orders.customers.CZ": "D10002",
    "storefronts.at.enabled": "false",
}


def wait_for(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Wait until all have ended well."""
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said


@pytest.mark.parametrize(
    "before",
    [pytest.param(None, marks=pytest.mark.long), "# mine\n[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\n"],
)
def test_settings_that_are_set_at_the_same_moment_are_all_kept(machine: Machine, before: str | None) -> None:
    """Each that says "is set" is set, in a file that is there and in one that the first of them makes."""
    if before is not None:
        machine.write_config(before)
    wait_for([machine.start("config", "set", key, value) for key, value in KEYS.items()])
    for key, value in KEYS.items():
        assert machine.good("config", "get", key).out.strip() == value
    assert machine.config.read_text(encoding="utf-8").startswith(before or "# Settings of kaufland.")
    assert [path.name for path in machine.config.parent.iterdir()] == ["config.toml"]


@pytest.mark.long
def test_setting_unsetting_and_setting_up_at_the_same_moment(machine: Machine, real_simulator: Simulator) -> None:
    """The answers of setup, a removal and a change come together in one file."""
    machine.write_config("[ui]\nlocale = 'de'\n[debug]\nlog_retention_days = 3\n")
    machine.more["KAUFLAND_SECRET_KEY"] = real_simulator.secret_key
    account = ("--base-url", real_simulator.base_url, "--client-key", real_simulator.client_key)
    wait_for(
        [
            machine.start("setup", "--no-input", "--secret-store", "env", *account),
            machine.start("config", "unset", "ui.locale"),
            machine.start("config", "set", "order_import.interval_minutes", "45"),
        ]
    )
    text = machine.config.read_text(encoding="utf-8")
    assert real_simulator.client_key in text
    assert "interval_minutes = 45" in text
    assert "locale" not in text
    assert "log_retention_days = 3" in text


def test_threads_of_one_process_wait_for_each_other_too(tmp_path: Path) -> None:
    """Twenty changes by twenty threads leave twenty entries."""
    file = tmp_path / "config" / "config.toml"
    codes = [f"{first}{second}" for first in "ABCD" for second in "EFGHI"]
    threads = [
        threading.Thread(
            target=change_settings, args=(file, {f"sales_orders.customers.{code}": "D1"}), kwargs={"environ": {}}
        )
        for code in codes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    text = file.read_text(encoding="utf-8")
    assert [code for code in codes if f"{code} = " not in text] == []


@pytest.mark.long
def test_secrets_that_are_kept_at_the_same_moment_are_whole(machine: Machine) -> None:
    """One of them is there afterwards, whole, and nothing else next to it."""
    machine.write_config("[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\n[secret]\nstore = 'file'\n")
    keys = [f"{number:064x}" for number in range(3)]
    started = [
        subprocess.Popen(
            [*PROGRAM, "secret", "set", "--secret-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=machine.environ,
        )
        for _ in keys
    ]
    for process, key in zip(started, keys, strict=True):
        _, said = process.communicate(key.encode(), timeout=60)
        assert process.returncode == 0, said
    secret = machine.config.with_name("secret_key")
    assert secret.read_text(encoding="utf-8").strip() in keys
    assert sorted(path.name for path in machine.config.parent.iterdir()) == ["config.toml", "secret_key"]
