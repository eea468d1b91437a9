"""Bytes that are no text, in variables, options, files and names: words say so, and nothing breaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaufland_cli.errors import SettingsError, WrongUsage
from kaufland_cli.settings import load_settings
from kaufland_cli.settings.edit import change_settings, parse_value
from kaufland_cli.settings.keys import setting_keys
from kaufland_cli.settings.sources import variable_of
from support.machine import SECRET, Machine

TEXTS = ["x\udcff", "/x\udcff.prom", "\ud800", "AT=\udfff", '["a", "\udcff"]']
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")


@pytest.mark.parametrize("key", [known.key.replace("<code>", "de") for known in setting_keys()])
def test_settings_take_no_invalid_text(tmp_path: Path, key: str) -> None:
    """From the environment, an option or `config set`: the fault names the key, can be printed, and nothing is kept."""
    places = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "KAUFLAND_DATA_DIR": str(tmp_path)}
    file = tmp_path / "config.toml"
    for text in TEXTS:
        with pytest.raises(SettingsError, match=variable_of(key)) as caught:
            load_settings({**places, variable_of(key): text})
        str(caught.value).encode()
        with pytest.raises(SettingsError) as caught:
            load_settings(places, options={key: text})
        str(caught.value).encode()
        with pytest.raises((SettingsError, WrongUsage)) as refused:
            parse_value(key, text)
        str(refused.value).encode()
        with pytest.raises(SettingsError) as caught:
            change_settings(file, {key: text}, environ={})
        str(caught.value).encode()
    assert not file.exists()


@pytest.mark.parametrize(
    "content", [b'folder = "\xff"', b'folder = "\xed\xa0\x80"', rb'folder = "\ud800"', b"\xff = 1"]
)
def test_files_bring_in_no_invalid_text(machine: Machine, content: bytes) -> None:
    """The line is named where such bytes stand, or an escape that means none of the letters there are."""
    machine.config.parent.mkdir(parents=True)
    machine.config.write_bytes(b"[sales_orders]\n" + content + b"\n")
    done = machine.run("config", "list")
    assert done.code == 3
    assert "config.toml:2" in done.err


@on_linux
@pytest.mark.parametrize(
    ("name", "value", "codes"),
    [
        pytest.param(b"KAUFLAND_SALES_ORDERS_FOLDER", b"/tmp/\xff", {3}, marks=pytest.mark.long),
        pytest.param(b"KAUFLAND_MONITORING_SMTP_USER", b"\xff", {3}, marks=pytest.mark.long),
        pytest.param(b"KAUFLAND_PROFILE", b"\xff", {3}, marks=pytest.mark.long),
        pytest.param(b"KAUFLAND_SECRET_KEY", b"\xff\xff", {0, 3, 8}, marks=pytest.mark.long),
        pytest.param(b"KAUFLAND_API_\xff", b"1", {0, 3, 8}, marks=pytest.mark.long),
        pytest.param(b"LOGNAME", b"\xff", {0, 3, 8}, marks=pytest.mark.long),
        (b"PATH", b"\xff:/usr/bin:/bin", {0, 3, 8}),
    ],
)
def test_real_bytes_in_the_environment(machine: Machine, name: bytes, value: bytes, codes: set[int]) -> None:
    """What a shell hands over ends in a known way."""
    if sys.platform == "win32":
        raise NotImplementedError
    machine.write_config("[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\nbase_url = 'http://127.0.0.1:9'\n")
    machine.more["KAUFLAND_SECRET_KEY"] = SECRET
    environ = {**{os.fsencode(key): os.fsencode(text) for key, text in machine.environ.items()}, name: value}
    for words in (("status",), ("doctor",)):
        done = subprocess.run(
            [sys.executable, "-m", "kaufland_cli", *words], env=environ, capture_output=True, timeout=60, check=False
        )
        assert done.returncode in {*codes, 8}, done
        assert b"Traceback" not in done.stderr
        assert b"bug in this program" not in done.stderr + done.stdout


@on_linux
def test_folders_with_such_names_work_and_no_schedule_is_made_for_them(machine: Machine, tmp_path: Path) -> None:
    """Linux knows such names, so orders can lie there; an entry of a scheduler cannot name them, and says so."""
    machine.write_config(
        "[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\n[order_import]\nauto_import_orders = true\n"
    )
    machine.more |= {
        "KAUFLAND_DATA_DIR": os.fsdecode(os.fsencode(tmp_path) + b"/\xff"),
        "KAUFLAND_SECRET_STORE": "file",
    }
    machine.config.with_name("secret_key").write_text(SECRET, encoding="utf-8")
    machine.config.with_name("secret_key").chmod(0o600)
    assert machine.run("orders", "list").code == 0
    done = machine.run("schedule", "install", "--with", "cron", "--dry-run")
    assert done.code == 2
    assert "cannot be used in a scheduler" in done.err


@pytest.mark.parametrize("name", ["con", "prn", "aux", "nul", "com1", "com9", "lpt3", "com0"])
def test_profile_cannot_be_named_like_a_device_of_windows(machine: Machine, name: str) -> None:
    """It could be made on Linux and never be opened on Windows; the hint names one that can be made anywhere."""
    done = machine.run("--profile", name, "status")
    assert done.code == 3
    assert f"--profile {name}-account" in done.err
    machine.more["KAUFLAND_PROFILE"] = name
    assert machine.run("config", "path").code == 3
    assert machine.run("--profile", f"{name}-account", "config", "path").code == 0


@pytest.mark.parametrize("name", ["A", "Default", "a.", "a ", "a.b", "CON", "con.x"])
def test_no_two_profiles_share_a_folder(machine: Machine, name: str) -> None:
    """Capitals, dots and blanks, in which systems differ, are in no profile's name."""
    assert machine.run("--profile", name, "status").code == 3
