"""`config edit`: what a person writes in an editor replaces the settings once it is valid, and is never lost."""

import json
import shlex
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.machine import Machine
from support.typing_person import Terminal

GOOD = "# mine\n[order_import]\ninterval_minutes = 20  # why so\n"
BETTER = GOOD.replace("20", "30") + "\n[ui]\n# as at home\nlocale = 'de_DE'\n"
WRONG = "# mine\n[order_import]\ninterval_minutes = 0\nintervall = 5\n"

WRITER = """
import json, pathlib, sys
script = pathlib.Path(__file__)
queue = script.with_suffix(".json")
first, *rest = json.loads(queue.read_text(encoding="utf-8"))
queue.write_text(json.dumps(rest), encoding="utf-8")
copy = pathlib.Path(sys.argv[-1])
script.with_suffix(".seen").write_bytes(copy.read_bytes())
if first is None:
    sys.exit(3)
if isinstance(first, list):
    pathlib.Path(first[0]).write_text(first[1], encoding="utf-8")
    first = first[2]
copy.write_bytes(first.encode())
"""


def editing(machine: Machine, *texts: str | Sequence[str] | None, words: str = "") -> Path:
    """Let VISUAL be an editor that saves these texts, one at each start; None fails; return what it saw last."""
    machine.folder.mkdir(exist_ok=True)
    script = machine.folder / "editor.py"
    script.write_text(WRITER, encoding="utf-8")
    script.with_suffix(".json").write_text(json.dumps(texts), encoding="utf-8")
    machine.more["VISUAL"] = shlex.join([sys.executable, str(script)]) + words
    return script.with_suffix(".seen")


def copy_of(machine: Machine) -> Path:
    return machine.config.with_name("config.edit.toml")


def test_edited_copy_replaces_the_file(machine: Machine) -> None:
    """The file becomes what was saved, to the byte, for its owner alone; each changed setting is shown."""
    machine.write_config(GOOD)
    seen = editing(machine, BETTER, words=" --wait")
    done = machine.run("config", "edit", typed="")
    assert (done.code, done.out) == (0, ""), done
    assert seen.read_text(encoding="utf-8") == GOOD
    assert machine.config.read_text(encoding="utf-8") == BETTER
    assert "order_import.interval_minutes = 30 (was 20)" in done.err
    assert 'ui.locale = "de_DE" (was "")' in done.err
    assert "interval_minutes has no effect now" in done.err
    assert not copy_of(machine).exists()
    if sys.platform != "win32":
        assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600


def test_every_problem_is_named_and_nothing_is_lost(machine: Machine) -> None:
    """A text with problems changes nothing; each is named with its line, and editing goes on with that text."""
    machine.write_config(GOOD)
    seen = editing(machine, WRONG, BETTER)
    done = machine.run("config", "edit", typed="y\n")
    assert done.code == 0, done
    assert "config.toml:3: order_import.interval_minutes: 0 is not allowed" in done.err
    assert "config.toml:4: order_import.intervall: there is no such key" in done.err
    assert seen.read_text(encoding="utf-8") == WRONG
    assert machine.config.read_text(encoding="utf-8") == BETTER


@pytest.mark.parametrize("wrong", [WRONG, "[order_import\n", "[ui]\nlocale = 'x' y\n"])
def test_abandoned_edit_can_be_continued_later(machine: Machine, wrong: str) -> None:
    """After "n" the settings are as before and the text is kept; the next edit offers to go on with it."""
    machine.write_config(GOOD)
    seen = editing(machine, wrong, BETTER)
    done = machine.run("config", "edit", typed="n\n")
    assert done.code == 3
    assert str(copy_of(machine)) in done.err
    assert machine.config.read_text(encoding="utf-8") == GOOD
    assert copy_of(machine).read_text(encoding="utf-8") == wrong
    done = machine.run("config", "edit", typed="\n")
    assert done.code == 0, done
    assert seen.read_text(encoding="utf-8") == wrong
    assert machine.config.read_text(encoding="utf-8") == BETTER


def test_older_edit_can_be_dropped(machine: Machine) -> None:
    """Whoever does not go on with an edit that was left begins again with the settings."""
    machine.write_config(GOOD)
    seen = editing(machine, WRONG, BETTER)
    machine.run("config", "edit", typed="n\n")
    assert machine.run("config", "edit", typed="n\n").code == 0
    assert seen.read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize("text", [GOOD, "", " \n", None], ids=["same", "empty", "blank", "editor failed"])
def test_copy_that_is_not_saved_changes_nothing(machine: Machine, text: str | None) -> None:
    """An unchanged or emptied text, and an editor that fails, leave the settings as they are and no copy."""
    machine.write_config(GOOD)
    editing(machine, text)
    done = machine.run("config", "edit", typed="")
    assert done.code == (2 if text is None else 0), done
    assert machine.config.read_text(encoding="utf-8") == GOOD
    assert not copy_of(machine).exists()


def test_change_by_another_command_is_not_overwritten(machine: Machine) -> None:
    """If the settings change while they are edited, both stay: the file as it is, and what was written in the copy."""
    machine.write_config(GOOD)
    other = GOOD.replace("20", "25")
    editing(machine, [str(machine.config), other, BETTER])
    done = machine.run("config", "edit", typed="")
    assert done.code == 3
    assert "another command has changed it" in done.err
    assert machine.config.read_text(encoding="utf-8") == other
    assert copy_of(machine).read_text(encoding="utf-8") == BETTER


def test_without_settings_it_begins_with_every_key(machine: Machine) -> None:
    """A new file begins with every key and its default; what is saved becomes the settings."""
    seen = editing(machine, GOOD)
    assert machine.run("config", "edit", typed="").code == 0
    assert "# interval_minutes = 15" in seen.read_text(encoding="utf-8")
    assert machine.config.read_text(encoding="utf-8") == GOOD


def test_faulty_file_can_be_corrected(machine: Machine) -> None:
    """A file that no other command can read opens, and is replaced by a valid one."""
    machine.write_config("[order_import\n")
    editing(machine, GOOD)
    assert machine.run("config", "edit", typed="").code == 0
    assert machine.config.read_text(encoding="utf-8") == GOOD


def test_switching_sales_orders_on_in_the_editor_is_from_now_on(machine: Machine) -> None:
    """As with `config set`, orders that are there already become sales orders only by hand; line ends stay."""
    editing(machine, '[order_import]\r\ncreate_sales_orders = true\r\ndefault_customer_no = "D1"\r\n')
    done = machine.run("config", "edit", typed="")
    assert done.code == 0, done
    assert "sales_orders.start_at is set to" in done.err
    text = machine.config.read_bytes().decode()
    assert "start_at = " in text
    assert text.count("\n") == text.count("\r\n")


def test_without_a_terminal_or_an_editor_it_says_what_to_do(machine: Machine) -> None:
    """A job and a machine without the named editor get an error with the way out, and no copy is left."""
    machine.write_config(GOOD)
    done = machine.run("config", "edit")
    assert done.code == 2
    assert "kaufland config set" in done.err
    machine.more["VISUAL"] = "no-such-editor -w"
    done = machine.run("config", "edit", typed="")
    assert done.code == 2
    assert "VISUAL names is not found: no-such-editor -w" in done.err
    assert not copy_of(machine).exists()


def test_editor_gets_no_secret(machine: Machine) -> None:
    """The editor sees none of the secrets in the environment."""
    machine.write_config(GOOD)
    script = machine.folder / "editor.py"
    script.write_text("import os, sys; sys.exit('KAUFLAND_SECRET_KEY' in os.environ)", encoding="utf-8")
    machine.more |= {"VISUAL": shlex.join([sys.executable, str(script)]), "KAUFLAND_SECRET_KEY": "x" * 64}
    assert machine.run("config", "edit", typed="").code == 0


@pytest.mark.slow
def test_editor_has_the_terminal(machine: Machine) -> None:
    """The editor reads from the terminal, and Ctrl-C in it ends neither the editor nor the command."""
    machine.write_config(GOOD)
    script = machine.folder / "editor.py"
    script.write_text(
        "import pathlib, signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "print('waiting', flush=True)\nsignal.sigwait([signal.SIGINT])\nprint('still here')\n"
        "pathlib.Path(sys.argv[1]).write_text(input('text'))\n",
        encoding="utf-8",
    )
    machine.more["EDITOR"] = shlex.join([sys.executable, str(script)])
    terminal = Terminal(machine, "config", "edit", own_process=True)
    terminal.see("waiting")
    terminal.child.sendintr()
    terminal.see("still here", "text")
    terminal.child.sendline("ui.locale = 'de_DE'")
    terminal.see("is saved")
    assert terminal.end() == 0
    assert machine.config.read_text(encoding="utf-8") == "ui.locale = 'de_DE'"
