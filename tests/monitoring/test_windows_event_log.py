"""Events as Windows would be handed them."""

import sys
from typing import Any

import pytest

from kaufland_cli.errors import NotificationFailed
from kaufland_cli.monitoring.channels.windows_event_log import MAX_TEXT, write_event


class Function:
    """A function of the library: keeps what it was called with."""

    def __init__(self, result: int) -> None:
        self.result = result
        self.calls: list[tuple[Any, ...]] = []
        self.restype: Any = None

    def __call__(self, *given: Any) -> int:
        """Keep what was given."""
        self.calls.append(given)
        return self.result


class Library:
    """Stands in for advapi32."""

    def __init__(self, source: int = 7, report: int = 1) -> None:
        self.RegisterEventSourceW = Function(source)
        self.ReportEventW = Function(report)
        self.DeregisterEventSource = Function(1)


@pytest.mark.parametrize(("good", "kind"), [(False, 1), (True, 4)])
def test_event_has_its_kind_and_the_whole_text(good: bool, kind: int) -> None:
    """Failures are errors, recoveries information; the text is one string, without what would end it early."""
    library = Library()
    write_event("Der Import\0 schlägt fehl" + "x" * 40_000, good=good, library=lambda: library)
    assert library.RegisterEventSourceW.calls == [(None, "kaufland")]
    ((handle, found, category, number, user, count, size, texts, data),) = library.ReportEventW.calls
    assert (found, category, number, user, count, size, data) == (kind, 0, 1, None, 1, 0, None)
    assert texts[0].startswith("Der Import schlägt fehl")
    assert len(texts[0]) == MAX_TEXT
    assert library.DeregisterEventSource.calls == [(handle,)]


@pytest.mark.parametrize(("library", "closed"), [(Library(source=0), 0), (Library(report=0), 1)])
def test_refusal_of_windows_is_reported(library: Library, closed: int) -> None:
    """A source or an event that is refused is an error that names the switch; nothing stays open."""
    with pytest.raises(NotificationFailed) as caught:
        write_event("text", good=False, library=lambda: library)
    assert "windows_event_log" in str(caught.value.hint)
    assert len(library.DeregisterEventSource.calls) == closed


@pytest.mark.skipif(sys.platform == "win32", reason="there it is there")
def test_elsewhere_there_is_none() -> None:
    """On another system a warning says that the setting has no effect."""
    with pytest.raises(NotificationFailed, match="no Windows event log"):
        write_event("text", good=False)


@pytest.mark.skipif(sys.platform != "win32", reason="needs Windows")
def test_windows_takes_an_event() -> None:
    """The real log of this machine takes one from an ordinary user."""
    write_event("A trial of the tests.", good=True)
