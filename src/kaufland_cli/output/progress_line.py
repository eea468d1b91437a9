"""Progress on a terminal: one line that is written over, without any escape sequence but colours."""

from kaufland_cli.output.cells import cut, width_of
from kaufland_cli.output.screen import Screen

_BAR_WIDTH = 24


class ProgressLine:
    """The listener that draws a bar on a terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._drawn = 0  # cells on the line at present
        self._title = ""
        self._word = ""
        self._done = 0
        self._total: int | None = None

    def walk_started(self, total: int | None) -> None:
        """Begin the bar of the order units."""
        self._begin("Reading orders", "units", total)

    def page_stored(self, rows_seen: int, total: int | None) -> None:
        """Move the bar on."""
        self._done = rows_seen
        self._total = total
        self._draw()

    def details_started(self, total: int) -> None:
        """Begin the bar of the details."""
        self._begin("Reading details", "orders", total)

    def detail_done(self) -> None:
        """Move the bar on by one."""
        self._done += 1
        self._draw()

    def orders_pushed(self, done: int, total: int) -> None:
        """Draw how many sales orders of how many were dealt with."""
        self._title, self._word, self._done, self._total = "Sales orders", "orders", done, total
        self._draw()

    def waited(self, what: str, seconds: int, limit: int) -> None:
        """Draw for how long something was waited for, of the time that it may take."""
        self._title, self._word, self._done, self._total = f"Waiting for {what}", "seconds", seconds, limit
        self._draw()

    def clear(self) -> None:
        """Take the bar off the screen."""
        if self._drawn:
            self._screen.stream.write(f"\r{' ' * self._drawn}\r")
            self._screen.stream.flush()
            self._drawn = 0

    def _begin(self, title: str, word: str, total: int | None) -> None:
        self._title, self._word, self._done, self._total = title, word, 0, total
        self._draw()

    def _draw(self) -> None:
        screen = self._screen
        count = screen.number(self._done)
        if self._total:
            share = min(1.0, self._done / self._total)
            filled = round(share * _BAR_WIDTH)
            bar = screen.marks.bar * filled + screen.marks.rule * (_BAR_WIDTH - filled)
            text = f"{self._title}  {bar}  {count} of {screen.number(self._total)} {self._word}"
            filled_from = len(self._title) + 2
        else:
            text, filled, filled_from = f"{self._title}  {count} {self._word}", 0, 0
        # The last cell stays free: some terminals go to the next line as soon as it is filled.
        text = cut(text, (screen.width or width_of(text) + 1) - 1, screen.marks.cut)
        before, rest = text[:filled_from], text[filled_from:]
        painted = f"{before}{screen.paint(rest[:filled], 'green')}{rest[filled:]}"
        width = width_of(text)
        screen.stream.write(f"\r{painted}{' ' * max(0, self._drawn - width)}")
        screen.stream.flush()
        self._drawn = width
