"""Writes notifications to the Windows event log, without administrator rights.

`eventcreate` needs an administrator for a new source; ReportEvent does not. Without a message file the viewer puts a
sentence about a missing description in front of the text.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any, Final

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import NotificationFailed, reason_of
from kaufland_cli.monitoring.channels import Channel, Sources
from kaufland_cli.monitoring.memory import Notification

SOURCE: Final = "kaufland"
ERROR_TYPE: Final = 1
INFORMATION_TYPE: Final = 4
EVENT_ID: Final = 1
MAX_TEXT: Final = 30_000
"""Windows accepts 31,839 characters."""


class EventLogChannel(Channel):
    """Writes each notification as an event."""

    name = "event log"
    trial = "an event of the source kaufland is in the application log"

    def notify(self, notification: Notification, /) -> None:
        write_event(notification.text, good=notification.good)

    def send_trial(self) -> None:
        """Write a test event."""
        write_event(
            "This is a test. You get events like this one when scheduled imports fail or work again.", good=True
        )


def open_channel(sources: Sources) -> Channel | None:
    """Return the channel if it is switched on, on any system."""
    return EventLogChannel() if sources.loaded.settings.monitoring.windows_event_log else None


def write_event(text: str, *, good: bool, library: Callable[[], Any] | None = None) -> None:
    """Write one event to the application log. Raises `NotificationFailed`, always so outside Windows."""
    if library is None and sys.platform != "win32":
        raise NotificationFailed("There is no Windows event log on this machine.", hint=_SWITCH_OFF)
    try:
        advapi = (library or _advapi)()
        _report(advapi, ERROR_TYPE if not good else INFORMATION_TYPE, text.replace("\0", "")[:MAX_TEXT])
    except OSError as error:
        reason = reason_of(error)
        raise NotificationFailed(f"The Windows event log accepted nothing: {reason}.", hint=_SWITCH_OFF) from None


_SWITCH_OFF = command("config", "set", "monitoring.windows_event_log", "false")


def _report(advapi: Any, kind: int, text: str) -> None:
    advapi.RegisterEventSourceW.restype = ctypes.c_void_p
    source = advapi.RegisterEventSourceW(None, SOURCE)
    if not source:
        raise OSError(0, "the source could not be opened")
    handle = ctypes.c_void_p(source)
    try:
        texts = (ctypes.c_wchar_p * 1)(text)
        if not advapi.ReportEventW(handle, kind, 0, EVENT_ID, None, 1, 0, texts, None):
            raise OSError(0, "the event was refused")
    finally:
        advapi.DeregisterEventSource(handle)


def _advapi() -> Any:
    return ctypes.WinDLL("advapi32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]  # Windows only
