"""The ways to notify somebody of scheduled imports: one module per channel, each with a function `open_channel`.

A new channel is a module here and its settings in `settings/sections.py`; no other module knows channels by name. The
text comes from `monitoring/message.py`, the timing from `monitoring/memory.py`; `app/notify.py` passes both to every
channel. See docs/decisions/0016.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kaufland_cli.clock import Clock
from kaufland_cli.errors import KauflandError
from kaufland_cli.monitoring.memory import Memory, Notification
from kaufland_cli.monitoring.status import Status
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings import LoadedSettings


@dataclass(frozen=True, slots=True)
class Sources:
    """What a channel may use."""

    loaded: LoadedSettings
    clock: Clock
    place: str
    """Whose imports these are, as part of a sentence."""
    secret: Callable[[SecretKind], str]
    """Fetches a secret. Raises a `KauflandError`."""
    status: Callable[[Memory], Status]
    """Returns how the imports are doing. Raises a `KauflandError`."""
    memory: Callable[[], Memory]
    """Returns the memory of scheduled imports."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a scheduled run ended."""

    exit_code: int
    memory: Memory
    """The memory after the run; `failure` is None if it worked."""


class Channel(Protocol):
    """One channel; the class in its module derives from this and overrides only what it needs."""

    name: str
    """Its name in messages."""
    trial: str
    """What is true after a successful trial."""
    trial_notifies: bool = True
    """Whether a trial reaches a person; if not, `kaufland doctor` makes one too."""
    retries: bool = False
    """Whether an unsent notification is kept and sent with the next run, by every channel that retries."""

    reports_runs: bool = False
    """Whether it sends something at the end of every run that began to import."""

    def run_started(self) -> None:
        """Take note that an import begins. Returns at once and raises nothing."""
        return

    def run_ended(self, _end: RunEnd, /) -> KauflandError | None:
        """Take note of the end of a run, whether or not there is anything to report.

        Returns why that failed, if it did, and raises nothing.
        """
        return None

    def notify(self, _notification: Notification, /) -> None:
        """Send it. Raises a `KauflandError`."""
        return

    def send_trial(self) -> None:
        """Send a test message. Raises a `KauflandError`."""
        ...


def open_channels(sources: Sources) -> tuple[Channel, ...]:
    """Return the channels that the settings switch on, sorted by module name; nothing is sent yet."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(channel for module in modules if (channel := module.open_channel(sources)) is not None)
