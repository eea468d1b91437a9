"""Errors, warnings and progress on stderr."""

import json

import pyte
import pytest

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import (
    CredentialsRefused,
    Interrupted,
    KauflandError,
    SettingsError,
    SettingsProblem,
    TerminalNeeded,
)
from kaufland_cli.output.stream import ColorChoice
from support.clocks import START, HeldClock
from support.output_samples import Heard

PROBLEM = SettingsProblem("config.toml:12", "order_import.interval_minutes", "must be a whole number", "1 to 1440")
BROKEN = SettingsError("The settings are wrong.", problems=[PROBLEM])
LONG = CredentialsRefused(
    "Kaufland refused the signature of a request that was otherwise in good order.",
    hint=Hint(
        "kaufland setup --secret-store file --client-key 0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
    ),
)


def test_error_says_what_and_what_next() -> None:
    """An error is reported on stderr, in lines that fit, with its way out last; a command's word is never broken."""
    heard = Heard(width=40)
    heard.output.error(LONG, as_json=False)
    assert heard.out == ""
    assert heard.err.splitlines() == [
        "✗ Kaufland refused the signature of a",
        "  request that was otherwise in good",
        "  order.",
        "  → kaufland setup --secret-store file",
        "    --client-key",
        "    0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
    ]


def test_stop_is_reported_below_the_mark_of_ctrl_c() -> None:
    """A terminal shows ^C where it was pressed; nothing is added in a pipe, and nothing to JSON."""
    for terminal, as_json, start in ((True, False, "\n✗ Stopped."), (False, False, "✗ Stopped."), (True, True, "{")):
        heard = Heard(terminal=terminal)
        heard.output.error(Interrupted("Stopped."), as_json=as_json)
        assert heard.err.startswith(start)


def test_every_fault_of_the_settings_is_reported() -> None:
    """The faults of the settings stand below the message, each on its own."""
    heard = Heard(width=60)
    heard.output.error(BROKEN, as_json=False)
    assert heard.err.splitlines() == [
        "✗ The settings are wrong.",
        "  config.toml:12: order_import.interval_minutes: must be a",
        "  whole number; allowed: 1 to 1440",
        "  → kaufland setup",
    ]


def test_error_in_a_pipe_is_not_wrapped() -> None:
    """In a log file each message is one line."""
    heard = Heard(terminal=False, width=40)
    heard.output.error(LONG, as_json=False)
    assert heard.err.count("\n") == 2


@pytest.mark.parametrize(
    ("error", "more"),
    [
        (LONG, {}),
        (
            BROKEN,
            {
                "problems": [
                    {
                        "place": "config.toml:12",
                        "key": "order_import.interval_minutes",
                        "problem": "must be a whole number",
                        "allowed": "1 to 1440",
                    }
                ]
            },
        ),
    ],
)
def test_error_for_programs(error: KauflandError, more: dict[str, object]) -> None:
    """As JSON an error is one line on stderr with its name, message, hint and exit code."""
    heard = Heard()
    heard.output.error(error, as_json=True)
    assert (heard.out, heard.err.count("\n")) == ("", 1)
    assert json.loads(heard.err) == {
        "schema": "kaufland.error/1",
        "error": error.code_name(),
        "message": error.message,
        "hint": str(error.hint),
        "exit_code": int(error.exit_code),
        **more,
    }


def test_error_without_a_hint() -> None:
    """Where there is nothing to add, no arrow is shown."""
    heard = Heard()
    heard.output.error(TerminalNeeded("There is no terminal.", hint=Hint("")), as_json=False)
    assert heard.err == "✗ There is no terminal.\n"


def on_screen(written: str) -> list[str]:
    """Return what a person sees after this was written to a terminal."""
    screen = pyte.Screen(80, 6)
    pyte.Stream(screen).feed(written.replace("\n", "\r\n"))
    return [line.rstrip() for line in screen.display if line.strip()]


@pytest.mark.parametrize(("color", "rest"), [("always", "╺━━━━━━━━━━━"), ("never", " " * 12)])
def test_progress_is_one_line_that_goes_away(color: ColorChoice, rest: str) -> None:
    """While an import runs one line shows how far it is and how long it will take; at the end it is gone."""
    clock = HeldClock(START)
    heard = Heard(color=color, monotonic=clock.monotonic)
    with heard.output.progress() as progress:
        assert progress is not None
        progress.walk_started(None)
        assert on_screen(heard.err) == ["Reading orders  0 units"]
        progress.page_stored(100, None)
        assert on_screen(heard.err) == ["Reading orders  100 units"]
        progress.page_stored(500, 3000)
        clock.sleep(10)
        progress.page_stored(1500, 3000)
        assert on_screen(heard.err) == [f"Reading orders ━━━━━━━━━━━━{rest} 1.500 of 3.000 units 0:15 left"]
        progress.details_started(2)
        progress.detail_done()
        assert on_screen(heard.err) == [f"Reading details ━━━━━━━━━━━━{rest} 1 of 2 orders"]
    assert on_screen(heard.err) == []
    assert heard.out == ""


def test_progress_in_ascii() -> None:
    """A terminal without the signs of the bar gets one of its own letters."""
    heard = Heard(encoding="ascii")
    with heard.output.progress() as progress:
        assert progress is not None
        progress.orders_pushed(3, 6)
        assert on_screen(heard.err) == ["Sales orders ------------             3 of 6 orders"]


def test_progress_goes_away_when_the_import_fails() -> None:
    """An error or Ctrl-C leaves no bar behind."""
    heard = Heard()

    def stopped() -> None:
        with heard.output.progress() as progress:
            assert progress is not None
            progress.walk_started(3000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert "Reading orders" in heard.err
    assert on_screen(heard.err) == []


@pytest.mark.parametrize("heard", [Heard(terminal=False), Heard(environ={"TERM": "dumb"})], ids=["pipe", "dumb"])
def test_progress_is_silent_if_nobody_watches(heard: Heard) -> None:
    """In a pipe and on a dumb terminal there is nobody to tell, and nothing is written."""
    with heard.output.progress() as progress:
        assert progress is None
    assert (heard.out, heard.err) == ("", "")


def test_progress_fits_a_narrow_terminal() -> None:
    """The bar leaves the last cell of a narrow terminal free, so that it never becomes two lines."""
    heard = Heard(width=30)
    with heard.output.progress() as progress:
        assert progress is not None
        progress.page_stored(4000, 3000)
        drawn = heard.err.split("\r")[-1]
    assert len(drawn) <= 29
