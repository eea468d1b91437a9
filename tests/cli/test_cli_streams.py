"""What goes where and how it looks: results on stdout, all else on stderr, in forms that programs can rely on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from kaufland_cli.cli.app import command_tree
from kaufland_cli.simulator import Simulator
from support.completion import completion
from support.machine import ESCAPE, Machine
from support.sampling import sampled


def commands() -> Iterator[tuple[str, ...]]:
    """Yield every command of the tree, groups too."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, (*words, name))

    yield from below(command_tree(), ())


SHOWING = [
    ("orders", "list"),
    ("log", "show"),
    ("log", "show", "1"),
    ("status",),
    ("test-connection",),
    ("import-orders",),
    ("import-orders", "--dry-run"),
    ("config", "list"),
    ("config", "get", "api.base_url"),
    ("config", "path"),
    ("config", "path", "store"),
    ("secret", "status"),
    ("setup", "--no-input"),
]


@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_everything_that_shows_something_speaks_json(
    words: tuple[str, ...], connected: Machine, simulator: Simulator
) -> None:
    """`--json` gives one object with its schema on stdout, and nothing else there."""
    connected.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    connected.have_imported(simulator)
    found = connected.good(*words, "--json").json()
    assert found["schema"].startswith("kaufland.")


@pytest.mark.parametrize("words", [("orders", "list"), ("log", "show"), ("config", "list")], ids=" ".join)
def test_every_list_comes_as_lines_and_as_csv(words: tuple[str, ...], connected: Machine, simulator: Simulator) -> None:
    """Each list is there as JSON lines and CSV too, and the forms exclude one another."""
    connected.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    connected.have_imported(simulator)
    whole = connected.good(*words, "--json").json()
    records = next(value for value in whole.values() if isinstance(value, list))
    assert len(connected.good(*words, "--jsonl").out.splitlines()) == len(records)
    assert len(connected.good(*words, "--csv").out.splitlines()) == len(records) + 1
    assert connected.run(*words, "--json", "--csv").code == 2


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_help_teaches_by_an_example(words: tuple[str, ...], connected: Machine, capfd: Any) -> None:
    """The help of every command has an example to type, keeps to 80 columns, and cuts no option's name."""
    assert connected.run(*words, "--help").code == 0
    text = capfd.readouterr().out
    if not words:
        assert "Start with kaufland demo or kaufland setup" in text
    elif not hasattr(_command(words), "commands"):
        assert "kaufland" in text.partition("Example: ")[2]
    assert "…" not in text.replace("--debug …", "")
    assert max(map(len, text.splitlines())) <= 80


def _command(words: tuple[str, ...]) -> Any:
    found: Any = command_tree()
    for word in words:
        found = found.commands[word]
    return found


def test_kaufland_alone_shows_help(connected: Machine) -> None:
    """`kaufland` without a word shows the help on stdout and exits 0."""
    done = connected.run()
    assert done.code == 0
    assert "Usage: kaufland" in done.out
    assert done.err == ""


@pytest.mark.parametrize("group", ["orders", "log", "config", "secret"])
def test_group_alone_shows_what_is_in_it(group: str, machine: Machine) -> None:
    """A group without a command shows its help on stdout and exits 0; a wrong word is wrong usage."""
    done = machine.run(group)
    assert (done.code, done.err) == (0, "")
    assert f"Usage: kaufland {group}" in done.out
    assert "Commands:" in done.out
    assert machine.run(group, "frobnicate").code == 2


USAGE_ERRORS = [
    ("frobnicate", "--json"),
    ("orders", "lists", "--json"),
    ("orders", "list", "--status", "to_be_sold", "--json"),
    ("orders", "list", "--limit", "many", "--json"),
    ("orders", "list", "--limit", "-1", "--json"),
    ("orders", "list", "--limit", "9" * 30, "--json"),
    ("orders", "list", "--since", "", "--json"),
    ("orders", "list", "--since", "some-day", "--json"),
    ("orders", "show", "--json"),
    ("import-orders", "--since", "2099-01-01", "--json"),
    ("import-orders", "--storefront", "", "--json"),
    ("import-orders", "--storefront", "../de", "--json"),
    ("status", "--max-age", "", "--json"),
    ("status", "--max-age", "30", "--json"),
    ("log", "show", "none", "--json"),
    ("log", "show", "9" * 40, "--json"),
    ("config", "path", "nowhere", "--json"),
    ("orders", "list", "--search", "\udcff", "--json"),
    ("setup", "--no-input", "--secret-store", "env", "--secret-stdin", "--json"),
]


@pytest.mark.parametrize("words", USAGE_ERRORS, ids=" ".join)
def test_wrong_usage_is_2_and_json_where_json_is_wanted(words: tuple[str, ...], connected: Machine) -> None:
    """What the program does not understand ends with 2, as JSON on stderr with --json and in words without."""
    done = connected.run(*words)
    assert (done.code, done.out) == (2, ""), done
    assert done.error()["exit_code"] == 2
    plain = connected.run(*words[:-1])
    assert plain.code == 2
    assert "→" in plain.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    "words",
    sampled(
        [
            "orders list",
            "--color always orders list",
            "--color always status",
            *("--color always status", "orders list --json"),
            "log show --jsonl",
            "config list",
            "--help",
        ],
        "orders list --json",
    ),
)
def test_reader_that_leaves_is_no_error(words: str, real: Machine) -> None:
    """`| head -1` exits 0 even with pipefail, in silence, however much there is to write."""
    real.more |= {"KAUFLAND_DEBUG_LOG_API_REQUESTS": "true"}
    real.good("import-orders")
    bash = shutil.which("bash")
    assert bash is not None
    # The reader leaves before the first byte: every write meets a closed pipe.
    for reader in ("head -1", "true"):
        line = f"set -o pipefail; {sys.executable} -m kaufland_cli {words} | {reader}"
        done = subprocess.run([bash, "-c", line], capture_output=True, env=real.environ, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, b""), done


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_full_disk_behind_stdout_is_reported(real: Machine) -> None:
    """A result that cannot be written is an error in words, not silence and not a traceback."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "kaufland_cli", "config", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=real.environ, timeout=30, check=False)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("more", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"GITHUB_ACTIONS": "true", "TERM": "xterm"}])
def test_pipe_gets_no_escape_bytes_unless_asked(more: dict[str, str], real: Machine) -> None:
    """Piped, nothing is coloured and nothing is cut; NO_COLOR comes before FORCE_COLOR, --color before both."""
    real.more |= more
    real.good("import-orders")
    really = [real.process(*words) for words in (("orders", "list"), ("--help",))]
    for done in (*really, real.run("status"), real.run("orders", "show", "NONE")):
        assert not ESCAPE.search(done.out + done.err), done
    always = real.run("--color", "always", "status")
    assert ESCAPE.search(always.out)


def test_stdout_holds_results_only(connected: Machine) -> None:
    """Notes, warnings and successes go to stderr; an import from cron says nothing at all."""
    assert connected.good("import-orders").out == ""
    done = connected.good("config", "set", "ui.locale", "de_DE")
    assert done.out == ""
    assert 'ui.locale = "de_DE"' in done.err
    assert connected.good("orders", "list", "--search", "no such thing").err == ""


def test_bare_environment_is_enough(real: Machine) -> None:
    """With nothing but PATH and the places, or under LANG=C, everything runs and speaks UTF-8."""
    real.good("import-orders")
    bare = {
        name: value for name, value in real.environ.items() if name.startswith(("KAUFLAND_", "COVERAGE_", "SYSTEM"))
    }
    for environ in (bare | {"PATH": os.environ["PATH"]}, real.environ | {"LANG": "C", "LC_ALL": "C"}):
        done = real.process("orders", "list", environ=environ)
        assert done.code == 0
        assert "Ondřej" in done.out


def test_machine_without_a_home_gets_a_way_out(real: Machine) -> None:
    """With PATH alone the program either finds a home or says what to set; it never breaks."""
    only_path = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    assert real.process("config", "path", environ=only_path).code in {0, 3}


def test_amounts_have_the_sellers_form(connected: Machine, simulator: Simulator) -> None:
    """Under a German locale an order shows `1.299,00 CZK`; piped lists keep the plain form for programs."""
    connected.have_imported(simulator)
    order = connected.good("orders", "list", "--storefront", "cz", "--json").json()["orders"][0]
    connected.more["LC_ALL"] = "de_DE.UTF-8"
    card = connected.good("orders", "show", order["id_order"]).out
    whole, cents = divmod(order["total_amount"], 100)
    german = f"{whole:,}".replace(",", ".") + f",{cents:02d} CZK"
    assert german in card
    assert f"{whole}.{cents:02d}\tCZK" in connected.good("orders", "list", "--storefront", "cz").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_can_be_shown_for_each_shell(shell: str, machine: Machine) -> None:
    """The script for each shell is printed."""
    script = completion(machine, _KAUFLAND_COMPLETE=f"source_{shell}")
    assert "kaufland" in script
    assert "complet" in script.lower()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_completion_works_in_a_real_bash(machine: Machine) -> None:
    """Sourced in bash, the script completes commands and options."""
    program = machine.folder / "bin" / "kaufland"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kaufland_cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environ = machine.environ | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    script = (
        'eval "$(_KAUFLAND_COMPLETE=source_bash kaufland)"\n'
        "COMP_WORDS=(kaufland orders l); COMP_CWORD=2; _kaufland_completion kaufland; echo ${COMPREPLY[@]}\n"
        "COMP_WORDS=(kaufland orders list --sto); COMP_CWORD=3; _kaufland_completion kaufland; echo ${COMPREPLY[@]}\n"
    )
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", script],
        capture_output=True,
        env=environ,
        timeout=30,
        check=False,
        text=True,
    )
    assert done.stdout.splitlines() == ["list", "--storefront"], done


def test_unknown_shell_is_no_traceback(machine: Machine) -> None:
    """Nonsense in the variable of the completion is refused in a line."""
    done = machine.process(environ=machine.environ | {"_KAUFLAND_COMPLETE": "nonsense"})
    assert "Traceback" not in done.err
    assert done.code != 0
