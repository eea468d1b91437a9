"""One stream, what it can show, and how text looks on it."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Literal, TextIO
from urllib.parse import quote

from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.domain.moments import (
    OffsetHere,
    as_text,
    day_in_words,
    is_elsewhere,
    local_moment,
    moment_in_words,
    zone_named,
)
from kaufland_cli.domain.numbers import NumberForm, amount, counted_in, number_form, percent, size_text, whole_number
from kaufland_cli.output.moments import duration
from kaufland_cli.output.safe_text import encodable, shown, shown_lines

HELD = "\x1f"
"""Replaces a space in text meant for copying, so that no line breaks there. No outside text contains it (`shown`)."""

ColorChoice = Literal["auto", "always", "never"]

_LEAST_WIDTH = 20
_USUAL_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Marks:
    """The symbols that a stream can show."""

    passed: str = "✓"
    failed: str = "✗"
    warning: str = "!"
    skipped: str = "–"  # noqa: RUF001 (a dash on purpose)
    hint: str = "→"
    cut: str = "…"
    rule: str = "─"
    dot: str = "·"


ASCII_MARKS = Marks("ok", "x", "!", "-", "->", "...", "-", "-")


class Stream:
    """A stream to write lines to.

    `width` is the number of cells in a line of the terminal, or None where nothing may be cut or wrapped (a pipe, a
    file); `height` the number of its lines, or 0 where nobody can turn pages. With `--color always` a pipe is treated
    as a pager: it gets tables of the screen's width. `colour` says whether escape sequences may be written at all.
    `order_url` is the address of an order's page, with `{id_order}` in it, or empty. `chosen` are the options that
    choose the settings of this call, for the commands that are shown.
    """

    def __init__(
        self,
        file: TextIO,
        environ: Mapping[str, str],
        *,
        color: ColorChoice = "auto",
        order_url: str = "",
        width: int | None = None,
        locale: str = "",
        timezone: str = "Europe/Berlin",
        offset_here: OffsetHere | None = None,
        chosen: Sequence[str] = (),
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.file = file
        self.is_terminal = bool(file.isatty())
        self.forced_colour = color == "always"
        self.colour = _colour(environ, color, is_terminal=self.is_terminal)
        watched = self.is_terminal or self.forced_colour
        self.width = max(_LEAST_WIDTH, width or _terminal_width(file, environ)) if watched else None
        self.height = _terminal_height(file) if self.is_terminal and environ.get("TERM") != "dumb" else 0
        self.shows_progress = self.is_terminal and environ.get("TERM") != "dumb"
        self.encoding = getattr(file, "encoding", None) or "utf-8"
        self.speaks_unicode = encodable("✓✗–→…─━·", self.encoding).startswith("✓✗–→…─━·")  # noqa: RUF001 (the marks)
        self.marks = Marks() if self.speaks_unicode else ASCII_MARKS
        self._order_url = order_url if self.is_terminal and self.colour else ""
        self._locale = locale
        self.timezone = timezone
        self._offset_here = offset_here
        self._chosen = chosen
        self._now = now

    @cached_property
    def numbers(self) -> NumberForm:
        """How numbers are written for this seller."""
        return number_form(self._locale)

    @cached_property
    def zone(self) -> tzinfo:
        """The seller's time zone."""
        return zone_named(self.timezone)

    def text(self, value: object) -> str:
        """Return the value as one harmless line that this stream can show; empty for None."""
        if isinstance(value, Hint):
            return self.typed(value)
        return "" if value is None else encodable(shown(value), self.encoding)

    def order_style(self, id_order: object, style: str = "") -> str:
        """Return the style of an order's id: on a terminal with colours, a link to its page in the seller portal.

        The id comes from outside; in the address it is percent-encoded, so that no byte of it can end the link.
        """
        if id_order is None or not self._order_url:
            return style
        url = self._order_url.replace("{id_order}", quote(str(id_order), safe="", errors="replace"))
        return f"{style} link {url}".strip()

    def typed(self, hint: Hint) -> str:
        """Return a hint as a line; its commands have the options that choose this call's settings."""
        return " ".join(self.lines(hint))

    def lines(self, value: object) -> list[str]:
        """Return a text as harmless lines."""
        if not isinstance(value, Hint):
            return [encodable(line, self.encoding) for line in shown_lines(value)]
        lines = [""]
        for part in value.parts:
            text = part if isinstance(part, str) else part.typed(self._chosen)
            first, *others = shown_lines(text)
            if not isinstance(part, str) or isinstance(part, ToCopy):
                first, others = HELD.join((first, *others)).replace(" ", HELD), []
            lines[-1] += first
            lines += others
        return [encodable(line, self.encoding) for line in lines]

    def amount(self, minor_units: int | None, currency: object = None) -> str:
        """Return `1.299,00 CZK` in the seller's form; `?` for an unknown amount."""
        return " ".join(filter(None, (amount(minor_units, self.numbers), self.text(currency))))

    def percent(self, value: object) -> str:
        """Return a percentage in the seller's form."""
        return self.text(percent(value, self.numbers))

    def number(self, value: int | None) -> str:
        """Return a count with its digits grouped in the seller's form; `?` for an unknown one."""
        return "?" if value is None else whole_number(value, self.numbers)

    def size(self, number_of_bytes: float) -> str:
        """Return a number of bytes as `1,4 MB` in the seller's form."""
        return size_text(number_of_bytes, self.numbers)

    def duration(self, milliseconds: float) -> str:
        """Return a duration as `1,2 s` in the seller's form."""
        return duration(milliseconds, self.numbers)

    def counted(self, value: int | None, word: str) -> str:
        """Return `1 order`, `2.400 orders`, `? orders`."""
        return counted_in(self.numbers, value, word)

    def moment(self, at: object, unknown: str = "?", *, bare: bool = False) -> str:
        """Return a time, given as UTC text or as a value, in the seller's time zone, to the minute.

        The zone follows if it is not the machine's, except with `bare`: a table says it once.
        """
        offset = None if bare else self._offset_here
        return unknown if at is None else self.text(moment_in_words(_utc_text(at), self.zone, offset))

    def time_first(self, at: object, *, seconds: bool = False) -> str:
        """Return the time of day in the seller's time zone, with its date behind it unless it is today's."""
        moment = local_moment(_utc_text(at), self.zone)
        if moment is None:
            return self.text(at)
        today = None if self._now is None else self._now().astimezone(self.zone).date()
        time = moment.strftime("%H:%M:%S" if seconds else "%H:%M")
        return time if moment.date() == today else f"{time} {moment:%Y-%m-%d}"

    def is_elsewhere(self, at: object) -> bool:
        """Return whether a time is not what clocks here showed then."""
        moment = local_moment(_utc_text(at), self.zone)
        return moment is not None and is_elsewhere(moment, self._offset_here)

    def day(self, at: object, unknown: str = "?") -> str:
        """Return the day of a time in the seller's time zone."""
        return unknown if at is None else self.text(day_in_words(_utc_text(at), self.zone))

    def write(self, line: str) -> None:
        """Write one line."""
        self.file.write(f"{encodable(released(line), self.encoding)}\n")

    def write_all(self, lines: Iterable[str]) -> None:
        """Write the lines and flush them, so that stdout and stderr stay in order."""
        for line in lines:
            self.write(line)
        self.file.flush()


def _utc_text(at: object) -> str:
    return as_text(at) if isinstance(at, datetime) else str(at)


def released(text: str) -> str:
    """Return a text with ordinary spaces in place of those that held it together."""
    return text.replace(HELD, " ") if HELD in text else text


def _colour(environ: Mapping[str, str], color: ColorChoice, *, is_terminal: bool) -> bool:
    """Return whether to use colours: by the option, NO_COLOR, FORCE_COLOR, then what the terminal can do."""
    if color != "auto":
        return color == "always"
    if any(environ.get(name, "0") not in {"", "0", "false"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return not environ.get("NO_COLOR")
    return is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def help_width(file: TextIO, environ: Mapping[str, str]) -> int:
    """Return the width of help in cells: the terminal's, or 80 in a pipe, less a margin of 2."""
    return max(_terminal_width(file, environ) if file.isatty() else _USUAL_WIDTH, 2 * _LEAST_WIDTH) - 2


def _terminal_height(file: TextIO) -> int:
    try:
        return os.get_terminal_size(file.fileno()).lines
    except (OSError, ValueError):
        return 0


def _terminal_width(file: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if re.fullmatch(r"0*[1-9][0-9]{0,4}", columns):
        return int(columns)
    for stream in (file, sys.__stderr__):  # the second for `--color always | less -R`
        try:
            return os.get_terminal_size(stream.fileno() if stream else -1).columns or _USUAL_WIDTH
        except (OSError, ValueError):
            continue
    return _USUAL_WIDTH
