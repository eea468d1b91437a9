"""No hint moves, deletes, overwrites or takes over a file that is not kaufland's, or not the user's."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from kaufland_cli.simulator import Simulator
from support.hint_commands import commands_in
from support.machine import SECRET, Machine

FORBIDDEN = ("move it", "delete", "remove", " rm ", " mv ", "overwrite", "chown", "--force", "--fresh")


def foreign(folder: Path) -> list[Path]:
    """Return files of other programs: text, a database, a TOML file, an empty file."""
    text, database, toml, empty = (folder / name for name in ("notes.txt", "mail.sqlite3", "pyproject.toml", "empty"))
    text.write_text("root:x:0:0::/root:/bin/sh\n" * 100, encoding="utf-8")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE letters (text)")
    toml.write_text('[project]\nname = "x"\n[build-system]\nrequires = []\n', encoding="utf-8")
    empty.touch()
    return [text, database, toml, empty]


def contents(files: list[Path]) -> list[bytes]:
    """Return what is in the files."""
    return [file.read_bytes() for file in files]


@pytest.mark.parametrize(
    "words",
    [("restore",), ("restore", "--yes"), ("backup",), ("doctor", "--report")],
    ids=" ".join,
)
def test_a_file_that_is_named_is_left_alone(
    words: tuple[str, ...], connected: Machine, tmp_path: Path, simulator: Simulator
) -> None:
    """Whatever command is given another program's file refuses it, asks nothing about it and suggests nothing to it."""
    connected.have_imported(simulator)
    files = foreign(tmp_path)
    before = contents(files)
    for file in files:
        done = connected.run(*words, str(file), typed="y\n")
        assert done.code not in {0, 1}, done
        assert "[y/N]" not in done.err
        assert not any(word in done.err for word in FORBIDDEN), done.err
    assert contents(files) == before


def test_a_file_in_the_place_of_the_store_is_left_alone(
    connected: Machine, simulator: Simulator, tmp_path: Path
) -> None:
    """Where no store ever was, a file of that name is somebody else's: the way out is another folder."""
    store = connected.store_file(simulator)
    store.parent.mkdir(parents=True)
    for file in foreign(tmp_path)[:2]:
        shutil.copy(file, store)
        for words in (("orders", "list"), ("import-orders",), ("status",), ("backup",), ("doctor",)):
            done = connected.run(*words)
            assert done.code in {8, 9}, (words, done)
            said = done.out + done.err
            assert "set KAUFLAND_DATA_DIR to another folder" in said, said
            assert not any(word in said for word in FORBIDDEN), said
        for yes in ((), ("--yes",)):
            done = connected.run("restore", "--fresh", *yes, typed="y\n")
            assert (done.code, "not a store of this program" in done.err, "[y/N]" in done.err) == (9, True, False), done
        assert store.read_bytes() == file.read_bytes()
    connected.more["KAUFLAND_DATA_DIR"] = str(tmp_path / "elsewhere")
    connected.good("import-orders")


@pytest.mark.parametrize(
    "words", [("status",), ("config", "list"), ("config", "set", "ui.locale", "de_DE")], ids=" ".join
)
def test_a_file_named_by_config_is_left_alone(words: tuple[str, ...], machine: Machine, tmp_path: Path) -> None:
    """Another program's file is no settings file: nothing is read from it and nothing written to it."""
    text, database, toml, _ = foreign(tmp_path)
    for file in (text, database, toml):
        before = file.read_bytes()
        done = machine.run("--config", str(file), *words)
        assert done.code == 3, done
        assert not any(word in done.err for word in FORBIDDEN), done.err
        assert file.read_bytes() == before
    assert "is a file of another program" in done.err


def test_only_a_copy_of_ours_is_offered_to_be_overwritten(
    connected: Machine, tmp_path: Path, simulator: Simulator
) -> None:
    """`--force` is suggested for an earlier copy alone, and the whole command then works."""
    connected.have_imported(simulator)
    copy = tmp_path / "copy.sqlite3"
    connected.good("backup", str(copy))
    done = connected.run("backup", str(copy))
    (again,) = commands_in(done.err)
    assert again == ["backup", str(copy), "--force"]
    connected.good(*again)


def test_restore_shows_what_it_replaces(connected: Machine, tmp_path: Path, simulator: Simulator) -> None:
    """The question names the orders and the last import of the store and of the copy."""
    connected.have_imported(simulator)
    copy = tmp_path / "copy.sqlite3"
    connected.good("backup", str(copy))
    connected.clock.advance(days=1)
    connected.good("import-orders")
    said = connected.run("restore", str(copy), typed="n\n").err
    assert "40 orders, last import 2026-11-25 10:30" in said
    assert "40 orders, last import 2026-11-24 10:30" in said
    assert said.index("2026-11-25") < said.index("2026-11-24") < said.index("Replace the store?")
    connected.store.write_bytes(b"no database" * 1000)
    said = connected.run("restore", str(copy), typed="n\n").err
    assert "cannot be read" in said


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="root and users are POSIX's")
def test_root_runs_the_command_as_the_owner_of_a_secret(connected: Machine) -> None:
    """The hint for root is to run the same command as the user, with its options, never to take over the file."""
    connected.more["KAUFLAND_SECRET_STORE"] = "file"
    connected.good("secret", "set", "--secret-stdin", stdin=SECRET)
    connected.more["KAUFLAND_SECRET_KEY"] = ""
    shutil.chown(connected.config.with_name("secret_key"), "nobody")
    done = connected.run("import-orders", "--since", "3d")
    assert '→ Run it as its owner: sudo -u nobody "$(command -v kaufland)" import-orders --since 3d\n' in done.err


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="sudo is POSIX's")
def test_sudo_without_settings_leads_to_the_user_who_has_some(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sudo kaufland …` before root has settings names the same command as the caller; without one, setup."""
    home = tmp_path / "ada"
    machine.more |= {"KAUFLAND_CONFIG": "", "SUDO_USER": "ada"}
    monkeypatch.setattr("pwd.getpwnam", lambda _: SimpleNamespace(pw_dir=str(home)))
    assert "→ kaufland setup\n" in machine.run("import-orders").err
    there = home / ".config" / "kaufland" / "config.toml"
    there.parent.mkdir(parents=True)
    there.write_text("", encoding="utf-8")
    for words, again in ((("import-orders", "--since", "3d"),) * 2, (("orders", "show", "M1"),) * 2):
        said = machine.run(*words).err
        assert f'→ ada has settings, root has none: sudo -u ada "$(command -v kaufland)" {" ".join(again)}\n' in said


def test_a_bug_names_the_whole_command(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to type again with --debug is the command of the call, with its options."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("kaufland_cli.app.status.status_of", broken)
    monkeypatch.setattr("kaufland_cli.cli.status.status_of", broken)
    done = machine.run("status", "--max-age", "30m")
    assert "kaufland status --max-age 30m --debug and report" in done.err
