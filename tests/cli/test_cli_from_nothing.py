"""Before setup every command of the tree leads to the setup, and what any of them says to type next works."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.app.first_steps import needs_keys
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.domain.hint import Command, Hint
from support.crontab import OwnCrontab
from support.hint_commands import command_tree, commands_in, filled, refusal
from support.machine import Done, Machine, Person
from support.sampling import sampled

WORDS = {"entry": "1", "file": "nowhere.sqlite3", "key": "ui.timezone", "value": "Europe/Vienna", "number": "101001"}
MORE = (
    ("import-orders", "--dry-run"),
    ("import-orders", "--scheduled"),
    ("import-orders", "--scheduled", "--all-profiles"),
    ("import-orders", "--accept-total"),
    ("orders", "list", "--failed"),
    ("orders", "list", "--search", "M1"),
    ("reconcile", "--fix"),
    ("restore", "nowhere.sqlite3"),
    ("restore", "--fresh"),
    ("sales-orders", "push", "--confirm-first"),
    ("sales-orders", "push", "--since", "30d"),
    ("sales-orders", "push", "M1"),
    ("sales-orders", "push", "--dry-run"),
    ("secret", "delete", "--mail"),
    ("secret", "set", "--business-central"),
    ("secret", "set", "--partner"),
    ("secret", "status", "--mail"),
    ("status", "--max-age", "30m"),
    ("config", "set", "order_import.create_sales_orders", "true"),
    ("config", "set", "order_import.auto_import_orders", "true"),
    ("config", "set", "sales_orders.target", "business_central"),
)
"""Command lines besides one of each command."""


def nothing(_machine: Machine) -> None:
    """Set nothing up."""


def switched_on(machine: Machine) -> None:
    """Switch everything on that may be switched on, but no client key."""
    machine.write_config(
        '[order_import]\nauto_import_orders = true\ncreate_sales_orders = true\ndefault_customer_no = "D1"\n'
        "[debug]\nlog_api_requests = true\n"
    )


def no_secret(machine: Machine) -> None:
    """Have a client key, and no secret key in the file that the settings name."""
    machine.write_config(
        f'[api]\nclient_key = "{"c" * 32}"\nbase_url = "http://127.0.0.1:9"\n[secret]\nstore = "file"\n'
    )


def lines(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield a line for each command of the tree, and some more."""
    found = command or command_tree()
    for name, inner in getattr(found, "commands", {}).items():
        yield from lines(inner, (*words, name))
    if not hasattr(found, "commands"):
        arguments = [one for one in found.params if one.param_type_name == "argument" and one.required]
        yield (*words, *(WORDS.get(one.name, "M845EA5") for one in arguments))
    if command is None:
        yield from MORE


def typed(machine: Machine, words: tuple[str, ...]) -> Done:
    """Run a command for a person at a wide terminal who types nothing."""
    out, err = Person(), Person()
    context = CliContext(
        environ=machine.environ,
        streams=Streams(Person(), out, err),
        clock=machine.clock,
        process=Process(os.getpid(), lambda: 0.5),
    )
    code = run(words, context)
    return Done(code, out.getvalue(), err.getvalue())


def shown_by(machine: Machine, words: tuple[str, ...], *, person: bool) -> tuple[Done, list[list[str]]]:
    """Run a command, and return the commands that it names; help and what is typed before it are none."""
    done = typed(machine, words) if person else machine.run(*words)
    own = f"--config {machine.config} "
    return done, commands_in(f"{done.out}\n{done.err}".replace(own, "").replace(" now? ", "; "))


ENDS = ("setup", "demo", "help")
"""Where a way may end without being walked."""


def follow(machine: Machine, words: tuple[str, ...], way: tuple[tuple[str, ...], ...] = ()) -> None:
    """Insist that a command ends well, asks a person, or names commands of which the same can be said."""
    if words[0] in ENDS or words[-1] == "--help":
        return
    assert words not in way, f"leads back to itself: {way}"
    done, hints = shown_by(machine, words, person=True)
    if done.code in {0, 130}:
        return
    assert hints, (way, words, done)
    for hint in hints:
        follow(machine, tuple(filled(hint)), (*way, words))


def _nobody_types(*_: object, **__: object) -> str:
    raise EOFError


SCENES = [(arrange, person) for arrange in (nothing, switched_on, no_secret) for person in (True, False)]


@pytest.mark.slow
@pytest.mark.parametrize(("arrange", "person"), sampled(SCENES, (nothing, True), (no_secret, False)))
def test_every_command_leads_on_before_setup(
    arrange: Callable[[Machine], None], person: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the tree, on a machine without keys: each command shown is accepted, works or leads on.

    Without a client key nothing that needs one is named, and without a secret key no import.
    """
    monkeypatch.setattr("getpass.getpass", _nobody_types)
    for number, words in enumerate(lines()):
        if words[0] in ENDS:
            continue
        machine = Machine(tmp_path / str(number) / "machine", more={"COLUMNS": "1000", "EDITOR": "true"})
        machine.folder.mkdir(parents=True)
        monkeypatch.chdir(machine.folder)
        OwnCrontab(machine)
        arrange(machine)
        done, hints = shown_by(machine, words, person=person)
        assert done.code != 1, done
        for hint in hints:
            assert refusal(hint) == "", (words, hint)
            if arrange is no_secret:
                assert hint[0] != "import-orders", (words, done)
            else:
                assert not needs_keys(Hint(Command(tuple(hint)))), (words, done)
            follow(machine, tuple(filled(hint)))
