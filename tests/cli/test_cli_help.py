"""Help: the whole program in one screen, every command, exit codes and options, in the width of the terminal."""

import sys

import pytest

from kaufland_cli.cli.app import command_tree
from kaufland_cli.cli.help import GROUPS
from kaufland_cli.errors import ExitCode
from support.machine import Machine
from support.sampling import sampled
from surface.scene import commands

if sys.platform == "win32":
    pytest.skip("a terminal of POSIX", allow_module_level=True)

from support.terminal import on_terminal


def test_help_of_the_program_fits_on_a_terminal(machine: Machine) -> None:
    """In 80 columns and 24 lines every command stands with its whole summary, below the group it belongs to."""
    for words in ((), ("help",)):
        lines = on_terminal(*words, environ=machine.environ).splitlines()
        assert len(lines) <= 23  # and the prompt
        assert max(map(len, lines)) <= 80
        for name, one in command_tree().commands.items():
            assert any(line.endswith(f"{name.ljust(17)}{one.help.splitlines()[0]}") for line in lines), name
        assert [line.split("  ")[0] for line in lines[1:-2] if line[0] != " "] == list(GROUPS)


def test_every_command_has_a_group() -> None:
    """Each command of the program stands in one group, once."""
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(command_tree().commands)


@pytest.mark.parametrize("columns", sampled([60, 80, 132], 60, 132))
def test_help_uses_the_width_of_the_terminal(columns: int, machine: Machine) -> None:
    """Lines are as long as the terminal is wide, no longer, and at no width shorter than they need to be."""
    lines = on_terminal("orders", "list", "--help", environ=machine.environ, columns=columns).splitlines()
    assert columns - 20 < max(map(len, lines)) <= columns


def test_no_usage_has_brackets_in_brackets() -> None:
    """Several orders are `[ORDER]...` or `{ORDER}...`."""
    for words, one in commands():
        context = one.context_class(one, info_name="kaufland")
        usage = " ".join(one.collect_usage_pieces(context))
        assert "[[" not in usage, words
        assert "...]" not in usage.replace("[ARGS]...", ""), words
        assert "...}" not in usage, words


def test_help_explains_a_command(machine: Machine) -> None:
    """`kaufland help orders list` is `kaufland orders list --help`; a mistyped one names the nearest."""
    asked = machine.process("help", "orders", "list").out
    assert asked == machine.process("orders", "list", "--help").out
    assert "--status" in asked
    refused = machine.run("help", "exit-code")
    assert refused.code == ExitCode.USAGE
    assert "Did you mean exit-codes?" in refused.err


def test_help_lists_exit_codes_and_options(machine: Machine) -> None:
    """`kaufland help exit-codes` has every code, `kaufland help options` every global option."""
    text = machine.good("help", "exit-codes").out
    assert [line.split()[0] for line in text.splitlines() if line[2:3].isdigit()] == [str(int(one)) for one in ExitCode]
    options = machine.good("help", "options").out
    for name in ("--profile NAME", "--config PATH", "-q, --quiet", "-v, --verbose", "-V, --version", "--color"):
        assert name in options


def test_options_that_work_anywhere_are_those_that_every_command_accepts(machine: Machine) -> None:
    """`kaufland help options` names what a command accepts; completion is installed without one."""
    anywhere, alone = machine.good("help", "options").out.split("\n\n")
    named = {word for line in anywhere.splitlines()[1:] for word in line.split() if word.startswith("--")}
    for words, one in commands():
        accepted = {option for param in one.params for option in param.opts} | {"--help"}
        assert named <= accepted, words
    assert "--install-completion" in alone
