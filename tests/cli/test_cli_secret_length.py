"""A secret key that was not copied whole is named as such before anything is sent, wherever it comes from."""

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine

SHORT = "c0ffee00"
SAID = "This secret has 8 characters; Kaufland's have 64."


@pytest.mark.parametrize("words", [("test-connection",), ("import-orders",), ("setup", "--no-input")])
def test_short_secret_in_the_environment_is_named_first(
    words: tuple[str, ...], connected: Machine, simulator: Simulator
) -> None:
    """Each command that calls Kaufland names the length before what Kaufland says, and never shows the secret."""
    connected.more["KAUFLAND_SECRET_KEY"] = SHORT
    done = connected.run(*words)
    assert done.code == 4
    said = " ".join(f"{done.out} {done.err}".split())
    assert 0 <= said.find(SAID) < said.find("refused the credentials"), said
    assert SHORT not in said
    assert simulator.requests


def test_program_that_reads_json_finds_it_in_the_error(connected: Machine) -> None:
    """With --json stderr stays one document, and its message names the length."""
    connected.more["KAUFLAND_SECRET_KEY"] = SHORT
    assert SAID in connected.run("import-orders", "--json").error()["message"]
    steps = connected.run("test-connection", "--json").json()["steps"]
    (step,) = [one for one in steps if one["step"] == "secret key"]
    assert (step["state"], SAID in step["message"]) == ("warning", True)


def test_short_secret_from_a_pipe_is_named(machine: Machine, simulator: Simulator) -> None:
    """Setup without questions names it as one step of its test, and writes nothing."""
    machine.more["KAUFLAND_API_BASE_URL"] = simulator.base_url
    words = ("--client-key", simulator.client_key, "--secret-store", "file", "--secret-stdin")
    done = machine.run("setup", "--no-input", *words, stdin=f"{SHORT}\n")
    assert (done.code, machine.files()) == (4, [])
    assert SAID in " ".join(done.out.split())


def test_key_with_quotes_around_it_works(connected: Machine, simulator: Simulator) -> None:
    """Quotes that an environment file leaves around both keys are no part of them."""
    connected.more |= {"KAUFLAND_SECRET_KEY": f'"{SECRET}"', "KAUFLAND_API_CLIENT_KEY": f" '{simulator.client_key}' "}
    connected.good("test-connection")


def test_right_length_is_worth_no_word(connected: Machine) -> None:
    """A secret of 64 characters is not warned about, not even when it is wrong."""
    connected.more["KAUFLAND_SECRET_KEY"] = "0" * 64
    done = connected.run("import-orders")
    assert (done.code, "characters" in done.err) == (4, False)
