"""Progress on a terminal: rich draws the bar and estimates the remaining time, on one line that is overwritten.

The line is drawn whenever something happens, without a thread, so nothing has to be stopped or restored after Ctrl-C.
The only escape sequences are those for colours, so it works with NO_COLOR too.
"""

from collections.abc import Callable

from rich.progress import Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

from kaufland_cli.output.screens.drawing import console_for, painted
from kaufland_cli.output.screens.table import texts
from kaufland_cli.output.stream import Stream

_BAR_WIDTH = 24
_ROOM_FOR_BAR = 60
_ROOM_FOR_TIME = 70
_MINUTE = 60
_MEGA = 1_000_000


class ProgressLine:
    """A listener that draws a progress bar; `monotonic` returns seconds, for the remaining time."""

    def __init__(self, stream: Stream, monotonic: Callable[[], float] | None = None) -> None:
        self._stream = stream
        self._console = console_for(stream)
        # The last cell stays empty: some terminals go to the next line as soon as it is filled.
        self._room = self._console.width - 1
        columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False)]
        columns += [_Bar()] if self._room >= _ROOM_FOR_BAR else []
        columns += [TextColumn("{task.fields[count]}", markup=False)]
        columns += [_TimeLeft()] if self._room >= _ROOM_FOR_TIME else []
        self._progress = Progress(*columns, console=self._console, auto_refresh=False, get_time=monotonic)
        self._encoding = "utf-8" if stream.speaks_unicode else "ascii"  # the signs of the bar
        self._task = self._progress.add_task("", total=None, count="")
        self._title, self._word = "", ""
        self._drawn = 0  # cells on the line at present

    def walk_started(self, total: int | None) -> None:
        """Start the bar for order units."""
        self._begin("Reading orders", "units", total)

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Advance the bar."""
        self._move(rows_seen, total)

    def details_started(self, total: int) -> None:
        """Start the bar for details."""
        self._begin("Reading details", "orders", total)

    def detail_done(self) -> None:
        """Advance the bar by one."""
        task = self._progress.tasks[0]
        self._move(int(task.completed) + 1, None if task.total is None else int(task.total))

    def orders_pushed(self, done: int, total: int) -> None:
        """Draw how many of the sales orders are done."""
        self._show("Sales orders", "orders", done, total)

    def actions_ended(self, done: int, total: int) -> None:
        """Draw how many actions at Kaufland have ended."""
        self._show("Sending to Kaufland", "done", done, total)

    def waited(self, what: str, seconds: int, limit: int) -> None:
        """Draw how long we have waited, and the limit, in seconds."""
        self._show(f"Waiting for {what}", "seconds", seconds, limit)

    def bytes_copied(self, done: int, total: int) -> None:
        """Draw how much of the store has been copied."""
        self._show("Copying the store", "MB", done // _MEGA, total // _MEGA)

    def clear(self) -> None:
        """Remove the bar from the screen."""
        if self._drawn:
            self._stream.file.write(f"\r{' ' * self._drawn}\r")
            self._stream.file.flush()
            self._drawn = 0

    def _show(self, title: str, word: str, done: int, total: int) -> None:
        if self._title != title:
            self._begin(title, word, total)
        self._move(done, total)

    def _begin(self, title: str, word: str, total: int | None) -> None:
        self._progress.remove_task(self._task)
        self._title, self._word = title, word
        self._task = self._progress.add_task(self._stream.text(title), total=total, count="")
        self._move(0, total)

    def _move(self, done: int, total: int | None) -> None:
        count = self._stream.number(done) + (f" of {self._stream.number(total)}" if total else "")
        self._progress.update(self._task, completed=done, total=total, count=f"{count} {self._word}")
        self._draw()

    def _draw(self) -> None:
        options = self._console.options.update(width=self._room)
        options.encoding = self._encoding
        line = texts(self._progress.get_renderable(), self._console, options)[0]
        line.rstrip()
        width = line.cell_len
        self._stream.file.write(f"\r{painted([line], self._console)[0]}{' ' * max(0, self._drawn - width)}")
        self._stream.file.flush()
        self._drawn = width


class _Bar(ProgressColumn):
    """A bar in the program's colours; nothing while the total is unknown."""

    def render(self, task: Task) -> ProgressBar | Text:
        """Return the bar."""
        if not task.total:
            return Text("")
        return ProgressBar(
            task.total, task.completed, _BAR_WIDTH, style="dim", complete_style="green", finished_style="green"
        )


class _TimeLeft(ProgressColumn):
    """The remaining time at the speed of the last half minute."""

    def render(self, task: Task) -> Text:
        """Return `1:20 left`; nothing while it is unknown."""
        seconds = task.time_remaining
        if not task.total or not seconds:
            return Text("")
        hours, minutes = divmod(int(seconds) // _MINUTE, _MINUTE)
        short = f"{minutes}:{int(seconds) % _MINUTE:02d}"
        return Text(f"{hours}:{minutes:02d}:{int(seconds) % _MINUTE:02d} left" if hours else f"{short} left", "dim")
