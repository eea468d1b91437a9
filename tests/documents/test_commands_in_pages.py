"""Every command that a page names exists, and every command teaches."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kaufland_cli.cli.list_options import as_flags
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY
from support.hint_commands import command_tree

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def commands(command: Any = None, path: str = "kaufland") -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with the words that call it."""
    found = command or command_tree()
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")
    if not hasattr(found, "commands"):
        yield path, found


COMMANDS = dict(commands())


def spoken(page: Path) -> Iterator[list[str]]:
    """Yield the words behind `kaufland` of each command in the page's code blocks."""
    for block in re.findall(r"```(?:sh|powershell|cron)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        joined = re.sub(r"[\\`]\n", " ", block).replace('"$(command -v kaufland)"', "kaufland")
        for line in joined.splitlines():
            for found in re.finditer(r"(?:^|[ /(])kaufland (?!-ArgumentList)([^|<>&)#]*)", line):
                yield shlex.split(found[1])


def block(name: str) -> str:
    """Return a walk-through of the quick start page, as the workflow file runs it."""
    script = [sys.executable, str(ROOT / "tools" / "walk_through.py"), name]
    return subprocess.run(script, capture_output=True, check=True, encoding="utf-8", timeout=30).stdout


def misunderstood(words: list[str]) -> str:
    """Say what the program would not understand of a command line; nothing where it understands all."""
    command, words = command_tree(), as_flags(words)
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return words[0]
        command, words = command.commands[words[0]], words[1:]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word not in known]
    if not unknown and not hasattr(command, "commands"):
        command.make_context(
            command.name, list(words), obj=SimpleNamespace()
        )  # raises where an argument is missing or does not fit
    return " ".join(unknown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_code_blocks_are_understood(page: Path) -> None:
    """Each command line in a code block has a command that exists, with options and arguments that it takes."""
    for words in spoken(page):
        assert misunderstood(words) == "", f"kaufland {shlex.join(words)}"


def test_command_that_does_not_exist_is_found() -> None:
    """The check is worth something: a wrong command and a wrong option are found."""
    assert misunderstood(["orders", "lists"]) == "lists"
    assert misunderstood(["orders", "list", "--newest"]) == "--newest"
    assert len(list(spoken(ROOT / "README.md"))) > 15


def test_commands_page_has_every_command_with_its_options() -> None:
    """Its table has a row for each command, and each has a section that names every option and argument."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| \[`(kaufland [\w -]+)`\]", text, re.MULTILINE)) == set(COMMANDS)
    sections = dict(re.findall(r"^###? (kaufland.*?)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    for path, command in COMMANDS.items():
        for parameter in (one for one in command.params if not getattr(one, "hidden", False)):
            named = parameter.opts if parameter.param_type_name == "option" else [f"Usage: `{path}"]
            assert all(name in sections[path] for name in named), f"{path}: {parameter.name}"


@pytest.mark.parametrize("path", COMMANDS)
def test_command_teaches(path: str) -> None:
    """Its help says what it does and gives an example of itself; each option and argument has a help text."""
    command = COMMANDS[path]
    assert re.search(rf"Example: .*{path}", command.help or ""), "no example of itself"
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help text"


def test_options_of_the_whole_program_have_help() -> None:
    """Each option that stands before the commands has a help text."""
    for parameter in command_tree().params:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="the PowerShell walk-through is run by the workflow file")
def test_walk_through_of_the_quick_start_works_as_written(tmp_path: Path) -> None:
    """Pasted into a shell with nothing set up, every line of it ends well."""
    script = block("sh")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        script = script.replace("8765", str(free.getsockname()[1]))
    script = script.replace("sleep 3", "until grep -q secret simulator.txt; do sleep 0.05; done")
    assert "sleep 0.05" in script
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    environ = {"HOME": str(tmp_path), "PATH": path}
    shell = ["/bin/sh", "-e", "-c", f"trap 'kill $! 2> /dev/null || :' EXIT\n{script}wait"]
    done = subprocess.run(shell, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "\tMLZY7P4\t" in done.stdout
    assert "Order M4XCAA2 · partially cancelled · de" in done.stdout
    assert "/orders/" in done.stdout, "the log is empty"


def test_both_walk_throughs_say_the_same() -> None:
    """What is shown for PowerShell are the same commands as for other shells, with the simulator's own keys."""
    said = {name: re.sub(r"\s*[\\`]\n\s*", " ", block(name)) for name in ("sh", "powershell")}
    spoken_lines = {
        name: [line.strip() for line in text.splitlines() if line.strip().startswith("kaufland ")]
        for name, text in said.items()
    }
    only_first = {"kaufland demo", "kaufland demo --serve --port 8765 > simulator.txt &"}
    assert [line for line in spoken_lines["sh"] if line not in only_first] == [
        line for line in spoken_lines["powershell"] if line not in only_first
    ]
    for text in said.values():
        assert DEMO_CLIENT_KEY in text
        assert DEMO_SECRET_KEY in text
