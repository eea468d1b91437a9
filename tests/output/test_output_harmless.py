"""No colour where none is wanted, and nothing from outside that a terminal would act on."""

import io
from collections.abc import Callable

import pytest

from kaufland_cli.doctor.connection_test import ConnectionStep
from kaufland_cli.errors import SecretMissing
from kaufland_cli.output import LOG_COLUMNS, ORDER_COLUMNS, Output
from kaufland_cli.output.cards.checks import CONNECTION
from kaufland_cli.output.cards.import_summary import IMPORT
from kaufland_cli.output.cards.log_entry import LOG_ENTRY
from kaufland_cli.output.cards.order_card import ORDER
from kaufland_cli.output.cards.status_card import STATUS
from kaufland_cli.output.records.request_log import log_entry_record
from kaufland_cli.output.stream import ColorChoice
from support.output_samples import (
    Heard,
    Terminal,
    connection_report,
    import_report,
    last_sync,
    logged_call,
    order,
    order_details,
    order_summary,
    orders,
    show_connection,
    status,
)

EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m[bold red]Eve[/]\u202egnp.exe\r\nnext\tline\u2028end\x00\u200b\ufe0f"
SEEN = "[2J]0;owned31m[bold red]Eve[/]gnp.exe  next line end"


def everything(output: Output) -> None:
    """Let the output show all that it can."""
    output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="s", empty="")
    output.listing("entries", [log_entry_record(logged_call())], LOG_COLUMNS, fields=(), schema="s", empty="")
    output.show(ORDER, order_details())
    output.show(STATUS, status(last_sync=last_sync(status="red")))
    output.show(IMPORT, import_report(verdict="partial"))
    show_connection(output, connection_report())
    output.show(LOG_ENTRY, logged_call())
    output.note("note")
    output.success("done")
    output.warning("careful")
    output.line("line")
    output.error(SecretMissing("There is no secret key."), as_json=False)
    with output.progress() as progress:
        if progress is not None:
            progress.walk_started(2)
            progress.page_stored(1, 2)


@pytest.mark.parametrize(
    ("terminal", "color", "environ"),
    [
        (False, "auto", {}),
        (False, "never", {}),
        (True, "never", {}),
        (True, "auto", {"NO_COLOR": "1"}),
        (True, "auto", {"TERM": "dumb"}),
        (True, "never", {"TERM": "xterm-256color"}),
    ],
)
def test_screens_have_no_escape_byte(terminal: bool, color: ColorChoice, environ: dict[str, str]) -> None:
    """In a pipe, with NO_COLOR, on a dumb terminal and with --color never, no escape byte is written anywhere."""
    heard = Heard(terminal=terminal, color=color, environ=environ)
    everything(heard.output)
    assert "\x1b" not in heard.out + heard.err
    assert "MB2QG01" in heard.out
    assert "careful" in heard.err


@pytest.mark.parametrize(
    ("terminal", "color", "environ"),
    [(True, "auto", {}), (True, "auto", {"NO_COLOR": ""}), (True, "always", {"NO_COLOR": "1"}), (False, "always", {})],
)
def test_colours_where_they_are_wanted(terminal: bool, color: ColorChoice, environ: dict[str, str]) -> None:
    """A terminal has colours; an empty NO_COLOR counts as none; the option comes before everything."""
    heard = Heard(terminal=terminal, color=color, environ=environ)
    heard.output.warning("careful")
    assert heard.err == "\x1b[33m!\x1b[0m careful\n"


@pytest.mark.parametrize(
    ("word", "sequence"),
    [
        ("open", "33"),
        ("need_to_be_sent", "1;33"),
        ("sent", "32"),
        ("received", "32"),
        ("sent_and_autopaid", "32"),
        ("cancelled", "2"),
        ("returned", "31"),
        ("partially_sent", "35"),
    ],
)
def test_statuses_have_their_colour(word: str, sequence: str) -> None:
    """Each status has the colour of its meaning."""
    heard = Heard(color="always", width=200)
    heard.output.listing("orders", [order(status=word)], ORDER_COLUMNS, fields=(), schema="s", empty="")
    assert f"\x1b[{sequence}m{word.replace('_', ' ')}\x1b[0m" in heard.out


def test_unknown_status_is_shown_plainly() -> None:
    """A status that this program does not know is shown as it is, without a colour."""
    heard = Heard(color="always", width=200)
    heard.output.listing("orders", [order(status="frozen")], ORDER_COLUMNS, fields=(), schema="s", empty="")
    assert "MB2QG01  frozen  " in heard.out


SHOWN_BY: list[Callable[[Output], None]] = [
    lambda output: output.listing("orders", [order(buyer_name=EVIL)], ORDER_COLUMNS, fields=(), schema="s", empty=""),
    lambda output: output.show(ORDER, order_details(summary=order_summary(buyer_name=EVIL))),
    lambda output: output.show(STATUS, status(last_sync=last_sync(message=EVIL))),
    lambda output: output.show(CONNECTION, connection_report(environment=EVIL)),
    lambda output: output.show_step(ConnectionStep("clock", "passed", EVIL)),
    lambda output: output.show(LOG_ENTRY, logged_call(error_message=EVIL)),
]


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("show", SHOWN_BY)
def test_text_from_outside_is_only_text(show: Callable[[Output], None], terminal: bool) -> None:
    """Control characters, turned writing and markup in a name or message reach no screen and no pipe."""
    heard = Heard(terminal=terminal, width=400)
    show(heard.output)
    assert SEEN in heard.out
    assert not set(heard.out) & set("\x1b\x9b\x07\r\x00\u202e\u2028\u200b\ufe0f")


def test_messages_keep_their_lines_and_nothing_else() -> None:
    """A message of several lines stays so, each line harmless."""
    heard = Heard()
    heard.output.line("one\x1b[1m\n  two\u202e")
    assert heard.out == "one[1m\n  two\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "iso8859-2"])
def test_stream_without_the_marks_gets_ascii(encoding: str) -> None:
    """A stream that cannot show ✓ gets `ok` and `x`, and `?` for a character that it lacks; it never fails."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    output = Output(stdout=stream, stderr=stream, environ={}, locale="pl_PL")
    everything(output)
    output.success("王")
    text = raw.getvalue().decode(encoding)
    assert "ok ?" in text
    assert "x There is no secret key." in text
    assert "-> kaufland secret set" in text


def test_tables_stay_in_line_on_a_stream_without_the_characters() -> None:
    """Characters that a stream lacks are replaced before the columns are measured."""
    stream = Terminal()
    output = Output(stdout=stream, stderr=Terminal(), environ={}, color="never", locale="de_DE", width=80)
    output._out.encoding = "ascii"
    output.listing("orders", orders(), ORDER_COLUMNS, fields=(), schema="s", empty="")
    ends = [
        line.rfind(word) for line in stream.getvalue().splitlines() for word in ("EUR", "CZK", "PLN") if word in line
    ]
    assert ends == [63] * 5
