"""Nothing that a user can type or a file can hold ends in a traceback."""

import io
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.cli.app import command_tree
from kaufland_cli.errors import ExitCode
from kaufland_cli.settings import setting_keys, variable_of
from kaufland_cli.simulator import Simulator, seller_month
from support.clocks import HeldClock
from support.machine import Machine

BOUNDED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
LEFT_OUT = {"demo", "--help", "-h", "--version", "--install-completion", "--show-completion"}
CODES = {int(code) for code in ExitCode} - {1, 130}


def _tree() -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the words of each command with its options."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        options = [name for param in command.params for name in param.opts if name.startswith("-")]
        yield words, sorted(set(options) - LEFT_OUT)
        for name, child in getattr(command, "commands", {}).items():
            if name not in LEFT_OUT:
                yield from below(child, (*words, name))

    yield from below(command_tree(), ())


TREE = list(_tree())
KEYS = [known.key for known in setting_keys()]
VALUES = st.one_of(
    st.text(st.characters(exclude_characters="\0"), max_size=12),
    st.text(string.printable, max_size=8),
    st.integers().map(str),
    st.sampled_from(
        ["", "-", "--", "-1", "0", "7d", "99999w", "2026-11-01", "0001-01-01", "9999-12-31T23:59", "\udcff"]
    ),
    st.sampled_from(["de", "MABC123", "keyring", "file", "command", "env", "true", "http://[::1", "https://x/v2"]),
    st.sampled_from(KEYS),
)

FLIPS = st.booleans()


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command of the real tree with some of its options, values and stray words."""
    words, options = draw(st.sampled_from(TREE))
    line = list(words)
    for _ in range(draw(st.integers(0, 4))):
        if draw(FLIPS) and options:
            line.append(draw(st.sampled_from(options)))
        if draw(FLIPS):
            line.append(draw(VALUES))
    if draw(FLIPS):
        line.append("--no-input" if words == ("setup",) else "--json")
    return line


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Give a machine with orders, whose simulator goes on answering."""
    clock = HeldClock()
    with Simulator(orders=seller_month(clock.now()), now=clock.now) as simulator:
        machine = Machine(tmp_path_factory.mktemp("machine"), clock=clock)
        machine.connect(simulator)
        machine.have_imported(simulator)
        yield machine


@BOUNDED
@given(line=command_lines(), typed=st.text(max_size=20))
def test_any_words_end_in_a_known_way(
    imported: Machine, monkeypatch: pytest.MonkeyPatch, line: list[str], typed: str
) -> None:
    """Whatever is typed, the exit code is one of the table's and never a fault of the program."""
    end_in_a_known_way(imported, monkeypatch, line, typed)


@pytest.mark.long
@pytest.mark.timeout(600)
@settings(BOUNDED, max_examples=600)
@given(line=command_lines(), typed=st.text(max_size=20))
def test_many_more_words_do_too(
    imported: Machine, monkeypatch: pytest.MonkeyPatch, line: list[str], typed: str
) -> None:
    """The same for many more."""
    end_in_a_known_way(imported, monkeypatch, line, typed)


def end_in_a_known_way(machine: Machine, monkeypatch: pytest.MonkeyPatch, line: list[str], typed: str) -> None:
    """Type a line, and see how it ends; the settings stay what they were."""
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.chdir(machine.folder)
    before = machine.config.read_bytes() if machine.config.exists() else None
    try:
        done = machine.run(*line, stdin=typed)
    finally:
        if before is None:
            machine.config.unlink(missing_ok=True)
        else:
            machine.config.write_bytes(before)
    assert done.code in CODES, done
    assert "Traceback" not in done.err or "--debug" in line
    assert done.code == 0 or done.err or done.out, line


@pytest.mark.parametrize(
    "order", ["", " ", "\t\u00a0", "M" * 101, "--units"], ids=["empty", "blank", "blanks", "long", "option"]
)
@pytest.mark.parametrize(
    "words",
    [
        ("orders", "show"),
        ("orders", "refresh"),
        ("orders", "erase", "--yes"),
        ("orders", "dismiss", "--yes"),
        ("sales-orders", "show"),
        ("sales-orders", "unlink"),
    ],
    ids=" ".join,
)
def test_text_that_cannot_be_an_order_id_is_named(imported: Machine, words: tuple[str, ...], order: str) -> None:
    """No command sends a person to ask Kaufland for an order without an id."""
    done = imported.run(*words, "--", order)
    assert done.code == 2, done
    assert any(text in done.err for text in ("The order id is empty", "101 characters", "--units is an option"))
    assert "→ To see the ids: kaufland orders list" in done.err


READING = [("status",), ("config", "list"), ("orders", "list", "--json"), ("test-connection",), ("setup", "--no-input")]
ODD_FILES = [
    b"\xff\xfe\x00",
    b"[api\n",
    b"api = 3\n",
    b"[[api]]\n",
    b"[api]\nclient_key = 5\nbase_url = []\n",
    b"[api]\nbase_url = 'http://[::1'\n",
    b"[ui]\ntimezone = '../../etc/passwd'\nlocale = 'xx_YY_ZZ'\n",
    b"[storefronts]\nde = 1\n[order_import]\ninterval_minutes = 99999999999999999999999\n",
    b"[storefronts.'']\n[storefronts.DE]\n[storefronts.de]\n",
    b"[secret]\nstore = 'command'\n",
    b"[secret]\nkey = 'hidden-hidden-hidden-hidden-hidden'\n",
    b"[api]\ntimeout_seconds = nan\nrequests_per_second = inf\n",
    b"a = " + b"[" * 5000,
    b"\0" * 100,
    b"x = 1\n" * 300_000,
]


@pytest.mark.parametrize("content", ODD_FILES, ids=[repr(content[:40]) for content in ODD_FILES])
def test_any_settings_file_ends_in_words(content: bytes, machine: Machine) -> None:
    """A settings file with anything in it is refused with 3, naming the file; what it holds is not repeated."""
    machine.config.parent.mkdir(parents=True)
    machine.config.write_bytes(content)
    for words in READING:
        done = machine.run(*words)
        assert done.code == 3, done
        said = done.err + done.out
        assert "config.toml" in said
        assert "Traceback" not in said
        assert "hidden-hidden" not in said
    assert machine.config.read_bytes() == content


@BOUNDED
@given(content=st.binary(max_size=60))
def test_any_bytes_as_settings_end_in_a_known_way(imported: Machine, content: bytes) -> None:
    """Random bytes in the settings file are settings or a fault in them."""
    imported.config.parent.mkdir(parents=True, exist_ok=True)
    imported.config.write_bytes(content)
    try:
        assert imported.run("status").code in {0, 3}
    finally:
        imported.config.unlink()


@BOUNDED
@given(key=st.sampled_from(KEYS), value=st.text(st.characters(exclude_characters="\0"), max_size=15))
def test_any_variable_ends_in_a_known_way(imported: Machine, key: str, value: str) -> None:
    """Any text in any variable of the settings is a value or a fault that names the variable."""
    name = variable_of(key.replace("<code>", "de"))
    kept = dict(imported.more)
    imported.more[name] = value
    try:
        done = imported.run("config", "list")
        assert done.code in {0, 3}
        if done.code == 3 and value:
            assert name in done.err
    finally:
        imported.more = kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("KAUFLAND_PROFILE", "../up", marks=pytest.mark.long),
        pytest.param("KAUFLAND_PROFILE", "ÄÖ", marks=pytest.mark.long),
        ("KAUFLAND_CONFIG", "/dev/null/x"),
        pytest.param("KAUFLAND_CONFIG", "/", marks=pytest.mark.long),
        pytest.param("KAUFLAND_SECRET_KEY", "with blank", marks=pytest.mark.long),
        ("KAUFLAND_SECRET_KEY", "\udcff"),
        pytest.param("LC_ALL", "xx_YY.nonsense@@", marks=pytest.mark.long),
        pytest.param("TZ", "Nowhere/Land", marks=pytest.mark.long),
        pytest.param("COLUMNS", "-5", marks=pytest.mark.long),
        pytest.param("TERM", "\x1b[31m", marks=pytest.mark.long),
        ("PYTHONIOENCODING", "ascii"),
        pytest.param("PYTHON_KEYRING_BACKEND", "no.such.backend", marks=pytest.mark.long),
    ],
)
def test_odd_variables_end_in_words(name: str, value: str, real: Machine) -> None:
    """Odd values around the program lead to an answer or an error in words, in a real process."""
    real.more[name] = value
    done = real.process("import-orders")
    assert done.code in {0, 3, 9}, done
    assert "Traceback" not in done.err
    assert done.code == 0 or "→" in done.err


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere"])
@pytest.mark.skipif(sys.platform != "linux", reason="places of Linux")
def test_data_folder_that_cannot_be_made_is_9(place: str, connected: Machine) -> None:
    """Where no store can lie, reading shows nothing and importing says that the folder cannot be used."""
    connected.more["KAUFLAND_DATA_DIR"] = place
    assert connected.run("orders", "list").code == 0
    assert connected.run("import-orders").code == 9


def test_settings_path_that_is_a_folder(machine: Machine, tmp_path: Path) -> None:
    """A folder where the settings file should be is said, also by the option."""
    done = machine.run("--config", str(tmp_path), "status")
    assert (done.code, "folder" in done.err) == (3, True)
