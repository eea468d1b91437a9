"""Protections of the import, each with the way to switch it off and a course of events in which it is needed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.order_import import lock, run
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock, WrongClock
from support.import_shop import Shop, open_session
from support.imports import START
from support.small_pages import small_pages

PAGE = 5
Off = Callable[[pytest.MonkeyPatch], object]
Scenario = Callable[[Shop], None]
"""Lives through a course of events and raises AssertionError where a promise is broken."""


def units_read_otherwise(change: Callable[[Any, Any], Any]) -> Off:
    """Return what changes each unit of a page behind its reader, given the unit and its JSON."""

    def off(patch: pytest.MonkeyPatch) -> None:
        read = SellerApi._read_units

        def otherwise(api: SellerApi, body: bytes) -> Any:
            found = read(api, body)
            rows = zip(found["data"] or [], json.loads(body)["data"] or [], strict=True)
            return found | {"data": [change(unit, raw) for unit, raw in rows]}

        patch.setattr(SellerApi, "_read_units", otherwise)

    return off


@dataclass(frozen=True)
class Protection:
    """One protection: what it is, how to switch it off, and when it is needed."""

    name: str
    off: Off
    needed: Scenario

    def __str__(self) -> str:
        return self.name


@contextmanager
def quiet_shop(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Open a shop with pages of five rows, without the daily comparison that would fix what an import missed."""
    small_pages(patch, PAGE)
    patch.setattr(lock, "PATIENCE_SECONDS", 0.0)
    patch.setattr(run, "reconcile_if_due", lambda *_arguments, **_options: None)
    clock = HeldClock(START)
    own_clock = WrongClock(clock)
    with Simulator(now=clock.now) as simulator:
        yield Shop(simulator, clock, own_clock, open_session(folder, simulator, own_clock))


def holds_with(protection: Protection, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Show that with the protection the promise holds in that course of events."""
    with quiet_shop(folder, patch) as shop:
        protection.needed(shop)


def breaks_without(protection: Protection, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Show that without it the same course of events breaks the promise: the proof above is not an empty one."""
    with quiet_shop(folder, patch) as shop:
        protection.off(patch)
        with pytest.raises(AssertionError):
            protection.needed(shop)
