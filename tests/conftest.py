"""What all tests share."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.target_values import TargetCheck
from kaufland_cli.errors import KauflandError
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.store.sales_order_row import Reason
from support.sampling import examples
from support.store_template import use_template

# How long an example takes depends on what else the machine does.
settings.register_profile("kaufland", deadline=None, max_examples=examples(100))
settings.load_profile("kaufland")

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it, and so would commands

# Thousands of stores that are synced to a disk take a minute.
RAM = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own in it
if os.access(RAM, os.W_OK) and shutil.disk_usage(RAM).free > 4 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(RAM))

HINTS: set[str] = set()
"""The hints met by the test that runs."""
ACCEPTED: set[str] = set()


def _listen(kind: type, field: str) -> None:
    """Note the hint of every object of this kind that is made."""
    make: Any = vars(kind)["__init__"]

    def listening(self: Any, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        HINTS.add(str(getattr(self, field)))

    setattr(kind, "__init__", listening)  # noqa: B010 - the checker of types knows it as a method


def _not_written_out(hint: Hint, spec: str) -> str:
    """Refuse a hint in an f-string: its commands would lose the settings of the call (`typed`, or on purpose `!s`)."""
    raise TypeError(f"a hint is put into a text{spec}: {hint!s}")


setattr(Hint, "__format__", _not_written_out)  # noqa: B010 - the checker of types knows it as a method
_listen(KauflandError, "hint")
_listen(Reason, "fix")
_listen(TargetCheck, "hint")
use_template()


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """Let no test know the secrets of another, as a process knows only its own."""
    SECRETS.clear()
    yield
    SECRETS.clear()


@pytest.fixture
def open_path() -> Iterator[Path]:
    """Give a folder that other users may enter: those of pytest are closed to them whenever another run begins."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@pytest.fixture(autouse=True)
def _hints_are_accepted() -> Iterator[None]:
    """Insist that every hint that a test meets names commands that the program accepts, each once."""
    HINTS.clear()
    yield
    met = {hint for hint in HINTS - ACCEPTED if "kaufland " in hint}
    if not met:
        return
    from support.hint_commands import commands_in, refusal, twice  # noqa: PLC0415 - only where a hint was met

    wrong = [(hint, words, why) for hint in met for words in commands_in(hint) if (why := refusal(words))]
    assert wrong == []
    assert [(hint, again) for hint in met if (again := twice(hint))] == []
    ACCEPTED.update(met)
