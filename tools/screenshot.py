"""Write docs/screen.svg: what the real commands show on a terminal with 120 columns.

The commands run against the simulator, with a German locale and a clock that stands still, so that the picture is
always the same. It shows what they write to a pseudo-terminal. For Linux and macOS.
"""

import html
import io
import os
import pty
import re
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.domain.statuses import UNIT_STATUSES
from kaufland_cli.simulator import Simulator, Switches, seller_month
from kaufland_cli.simulator.orders import SimulatedOrder

if sys.platform == "win32":
    raise SystemExit("Windows has no pseudo-terminal to take a picture of.")

PICTURE = Path(__file__).parent.parent / "docs" / "screen.svg"
COLUMNS = 120
MONDAY_MORNING = datetime(2026, 11, 23, 8, 2, 11, tzinfo=UTC)
COMMANDS: tuple[Sequence[str], ...] = (
    ("import-orders",),
    ("orders", "list", "--limit", "10"),
    ("orders", "list", "--status", "returned", "--status", "cancelled"),
)

THEME = TerminalTheme(
    background=(24, 27, 33),
    foreground=(216, 222, 233),
    normal=[
        (59, 66, 82),
        (240, 113, 120),
        (149, 214, 126),
        (250, 200, 99),
        (110, 178, 255),
        (206, 147, 235),
        (108, 211, 219),
        (216, 222, 233),
    ],
)
CHARACTER_WIDTH = 12.2  # what rich reckons with
TEXT = re.compile(
    r'<text class="(?P<style>[^"]*)" x="(?P<x>[^"]*)" (?P<y>y="[^"]*") textLength="[^"]*" '
    r'(?P<clip>clip-path="[^"]*")>(?P<text>[^<]*)</text>'
)
# No web font: the picture asks no other server for anything.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>kaufland on a terminal</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 16px; font-family: system-ui, "Segoe UI", Arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class HeldClock:
    """A clock that only waiting moves on."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the clock's time."""
        return self._moment

    def monotonic(self) -> float:
        """Return seconds; only differences are meaningful."""
        return self._moment.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the clock on without waiting."""
        self._moment += timedelta(seconds=seconds)


def screen_of(words: Sequence[str], environ: dict[str, str], clock: HeldClock) -> str:
    """Run one command on a pseudo-terminal and return its output without the progress bar."""
    ours, theirs = pty.openpty()
    written = bytearray()
    reader = threading.Thread(target=_read_all, args=(ours, written))
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as stdout, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        context = CliContext(
            environ=environ,
            streams=Streams(sys.stdin, stdout, nowhere),
            clock=clock,
            process=Process(os.getpid(), lambda: 0.5),
        )
        code = run(words, context)
    reader.join()
    os.close(ours)
    if code != 0:
        raise SystemExit(f"kaufland {' '.join(words)} ended with {code}:\n{written.decode()}")
    return written.decode().replace("\r\n", "\n").rstrip("\n")


def _read_all(handle: int, written: bytearray) -> None:
    while True:
        try:
            found = os.read(handle, 65536)
        except OSError:  # Linux says so when the other end is closed
            return
        if not found:
            return
        written += found


def ordinary_month() -> list[SimulatedOrder]:
    """Return the month without the order whose status is unknown: every import would warn about it."""
    month = seller_month(MONDAY_MORNING)
    return [order for order in month if all(unit.get("status", "open") in UNIT_STATUSES for unit in order.units)]


def take_picture() -> str:
    """Return the picture as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    clock = HeldClock(MONDAY_MORNING)
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(orders=ordinary_month(), now=clock.now, switches=Switches(shipping_addresses="on")) as simulator,
    ):
        environ = {
            "TERM": "xterm-256color",
            "LC_ALL": "de_DE.UTF-8",
            "COLUMNS": str(COLUMNS),
            "KAUFLAND_CONFIG": str(Path(folder) / "config.toml"),
            "KAUFLAND_DATA_DIR": folder,
            "KAUFLAND_API_BASE_URL": simulator.base_url,
            "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
            "KAUFLAND_SECRET_KEY": simulator.secret_key,
        }
        for number, words in enumerate(COMMANDS):
            if number:
                console.print()
            console.print(Text.assemble(("$ ", "bold green"), (f"kaufland {' '.join(words)}", "bold")))
            console.print(Text.from_ansi(screen_of(words, environ, clock)), soft_wrap=True)
    console.print()  # room below the last line
    picture = console.export_svg(title="kaufland", theme=THEME, code_format=FORMAT, unique_id="kaufland")
    placed = TEXT.sub(_place_words, picture)
    return "".join(f"{line.rstrip()}\n" for line in placed.splitlines() if line.strip())


def _place_words(found: re.Match[str]) -> str:
    """Position each word by itself, so that columns line up in every viewer and font."""
    if "title" in found["style"]:
        return found[0]
    units = []
    text = html.unescape(found["text"]).replace("\xa0", " ")
    for word in re.finditer(r"\S+", text):
        x = float(found["x"]) + word.start() * CHARACTER_WIDTH
        length = len(word[0]) * CHARACTER_WIDTH
        shown = html.escape(word[0], quote=False)
        place = f'x="{x:.1f}" {found["y"]} textLength="{length:.1f}" {found["clip"]}'
        units.append(f'<text class="{found["style"]}" {place}>{shown}</text>')
    return "".join(units)


if __name__ == "__main__":
    PICTURE.write_text(take_picture(), encoding="utf-8", newline="\n")
    print(f"written: {PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE.name}")
