"""The ways in which somebody hears of scheduled imports: one module each, with a function `open_channel`.

A new one is a module here and its settings in `settings/sections.py`; nothing else knows any of them by name.
What is said comes from `monitoring/message.py`, when to say it from `monitoring/memory.py`; `app/notify.py` hands both
to every channel.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kaufland_cli.clock import Clock
from kaufland_cli.monitoring.memory import Memory, Notification
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings import LoadedSettings


@dataclass(frozen=True, slots=True)
class Sources:
    """What a channel can get to know."""

    loaded: LoadedSettings
    clock: Clock
    place: str
    """Whose imports they are, for a sentence."""
    secret: Callable[[SecretKind], str]
    """Fetches a secret. Raises a `KauflandError`."""
    status: Callable[[Memory], Mapping[str, Any]]
    """Returns the record of `kaufland status`. Raises a `KauflandError`."""
    memory: Callable[[], Memory]
    """Returns what scheduled imports remember."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a scheduled run ended."""

    exit_code: int
    memory: Memory
    """What is remembered with it; `failure` is None where it worked."""


class Channel(Protocol):
    """One way; a module's own class derives from it and writes only what it needs."""

    name: str
    """What a person calls it."""
    trial: str
    """What is true when a trial worked."""
    retries: bool = False
    """Whether what it could not send is kept and sent again with the next run; every such channel then sends it."""

    def run_started(self) -> None:
        """Take note that an import begins. Takes no time and raises nothing."""
        return

    def run_ended(self, _end: RunEnd, /) -> None:
        """Take note of how a run ended, whether or not there is anything to notify of. Raises nothing."""
        return

    def notify(self, _notification: Notification, /) -> None:
        """Send it. Raises a `KauflandError`."""
        return

    def send_trial(self) -> None:
        """Send what shows that it works. Raises a `KauflandError`."""
        ...


def open_channels(sources: Sources) -> tuple[Channel, ...]:
    """Return every channel that the settings name, by the names of the modules; nothing is sent yet."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(channel for module in modules if (channel := module.open_channel(sources)) is not None)
