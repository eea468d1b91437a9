"""Plans what to do at Kaufland, checked row by row before anything is sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kaufland_cli.domain.actions import (
    STATUSES_AFTER,
    STATUSES_BEFORE,
    UNFINISHED,
    Action,
    Intent,
    Kind,
    in_words,
    sent_words,
)
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.orders import Order, OrderUnit
from kaufland_cli.domain.statuses import OF_KAUFLAND
from kaufland_cli.domain.text import all_of
from kaufland_cli.order_actions.fresh_units import fresh_units
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """Why a row cannot be done."""

    place: str
    """`line 7` of a file, or the order or unit as typed."""
    text: str
    fix: Hint = NO_HINT
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """A row for which nothing is left to do."""

    place: str
    action: Action


@dataclass(frozen=True, slots=True)
class Planned:
    """An action that can be carried out."""

    place: str
    intent: Intent
    amount: int | None
    """What the buyer pays for it, or what a refund pays back, in minor units; None if not known."""
    currency: str | None
    going_on: int | None = None
    """The number of the action if it stands in the ledger already, unfinished."""


@dataclass(slots=True)
class ActionPlan:
    """What was asked for, sorted by what can be done."""

    kind: Kind
    planned: list[Planned] = field(default_factory=list)
    already: list[AlreadyDone] = field(default_factory=list)
    faults: list[InvalidRow] = field(default_factory=list)

    @property
    def orders(self) -> list[str]:
        """The orders that it is about, each once."""
        return list(dict.fromkeys(one.intent.id_order for one in self.planned))


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """A row with the units that it means."""

    place: str
    ident: str
    id_order: str
    units: tuple[OrderUnit, ...]
    """As Kaufland has them now."""
    whole_order: bool


_ERASED: Final = ("tracking_numbers", "file_name")
_AGREEING: Final = ("carrier", "tracking_numbers", "reason", "amount", "digest")
"""The details by which two requests for the same thing are the same request."""


class Planner:
    """Makes a plan from the store, the ledger and what Kaufland says now."""

    def __init__(self, kind: Kind, store: Store, api: SellerApi) -> None:
        self.plan = ActionPlan(kind)
        self._store = store
        self._api = api
        self._seen: dict[str, str] = {}

    def fault(self, place: str, text: str, fix: Hint = NO_HINT) -> None:
        """Note that a row cannot be done, and what to do about it."""
        self.plan.faults.append(InvalidRow(place, text, fix))

    def targets(self, rows: Iterable[tuple[str, str]]) -> list[NamedUnits]:
        """Return each row (its place and the order or unit that it names) with the units as Kaufland has them now.

        What is not in the store, or not at Kaufland, is a fault. Raises a `KauflandError`.
        """
        found: list[tuple[str, str, Order, list[OrderUnit], bool]] = []
        for place, ident in rows:
            order, units, whole = self._stored(ident)
            if order is None:
                text = f"{ident or 'Nothing'} is no order and no unit of the store."
                self.fault(place, text, _fetch(ident))
            else:
                found.append((place, ident, order, units, whole))
        wanted = {str(unit.id_order_unit): unit for _, _, _, units, _ in found for unit in units}
        fresh = fresh_units(self._api, wanted)
        targets: list[NamedUnits] = []
        for place, ident, order, units, whole in found:
            now = tuple(one for unit in units if (one := fresh.get(str(unit.id_order_unit))) is not None)
            moved = [str(one.id_order_unit) for one in now if one.id_order != order.id_order]
            if len(now) < len(units) or moved:
                text = f"Kaufland no longer has all units of {ident}, or they cannot be read."
                self.fault(place, text, command("orders", "refresh", order.id_order))
            elif all(one.fulfillment_type == OF_KAUFLAND for one in now):
                self.fault(place, f"{ident} is shipped by Kaufland itself.")
            else:
                targets.append(NamedUnits(place, ident, order.id_order, now, whole))
        return targets

    def _stored(self, ident: str) -> tuple[Order | None, list[OrderUnit], bool]:
        queries, ident = self._store.queries, ident.strip()
        found = queries.find_id(ident) if ident else None
        whole = found is not None
        if found is None and ident.isascii() and ident.isdigit():
            found = self._store.actions.order_of_unit(ident)
        order = None if found is None else queries.order(found)
        if order is None:
            return None, [], whole
        units = [unit for unit in order.units if whole or str(unit.id_order_unit) == ident]
        return (order if units else None), units, whole

    def order(self, place: str, ident: str) -> Order | None:
        """Return the stored order that is meant; if there is none, that is a fault."""
        order, _, _ = self._stored(ident)
        if order is None:
            text = f"{ident or 'Nothing'} is no order of the store."
            self.fault(place, text, _fetch(ident))
        return order

    def uploaded(self, digest: str) -> Action | None:
        """Return the upload of a file with this content; None if there was none, or Kaufland refused it."""
        return self._store.actions.by_once([f"invoice:{digest}"]).get(f"invoice:{digest}")

    def unfinished_upload(self, order: Order, digest: str) -> Action | None:
        """Return an unfinished upload of another file for this order."""
        found = self._store.actions.listed(states=UNFINISHED, kinds=["invoice"], id_order=order.id_order, limit=None)
        return next((one for one in found if one.details.get("digest") != digest), None)

    def stands(self, kind: Kind, units: Sequence[OrderUnit]) -> bool:
        """Return whether the ledger has such an action for any of these units."""
        return bool(self._store.actions.by_once(f"{kind}:{unit.id_order_unit}" for unit in units))

    def stands_otherwise(self, unit: OrderUnit, details: Mapping[str, Any]) -> bool:
        """Return whether a unit was marked as sent here with other values."""
        known = self._store.actions.by_once([f"ship:{unit.id_order_unit}"]).values()
        return any(one.state == "done" and in_words(one.details) != in_words(details) for one in known)

    def refunds(self, unit: OrderUnit) -> list[Action]:
        """Return the refunds of a unit that were made or are unfinished, the oldest first."""
        return [one for one in self._store.actions.refunds_of(unit.id_order_unit) if one.state != "refused"]

    def next_refund(self, unit: OrderUnit) -> int:
        """Return a number that no refund of this unit has had, whatever came of it."""
        onces = (one.once for one in self._store.actions.refunds_of(unit.id_order_unit))
        return max((int(once.rpartition(":")[2]) for once in onces), default=-1) + 1

    def refunded(self, unit: OrderUnit) -> int:
        """Return how much was or may have been refunded for a unit, in minor units."""
        return self._store.actions.refunded(unit.id_order_unit)

    def already(self, place: str, action: Action) -> None:
        """Note that nothing is left to do for a row."""
        self.plan.already.append(AlreadyDone(place, action))

    def add(self, place: str, wanted: Sequence[tuple[Intent, OrderUnit | None]]) -> None:
        """Add the actions of one row, unless they stand in the ledger already or contradict it or another row."""
        known = self._store.actions.by_once(intent.once for intent, _ in wanted)
        for intent, unit in wanted:
            if (before := self._seen.setdefault(intent.once, place)) != place:
                self.fault(place, f"{_name(intent)} is in {before} too.")
                continue
            action = known.get(intent.once)
            if action is None:
                self.plan.planned.append(_planned(place, intent, unit))
            elif action.state == "done":
                self._add_done(place, intent, unit, action)
            elif _agrees(action, intent) or (action.state == "planned" and not action.attempts):
                self.plan.planned.append(_planned(place, intent, unit, going_on=action.action_no))
            else:
                other = in_words(action.details) or "other values"
                text = f"{_name(intent)} is {_state(action)} since {_day(action)}, with {other}."
                self.fault(place, text, command("actions", "show", str(action.action_no)))

    def _add_done(self, place: str, intent: Intent, unit: OrderUnit | None, action: Action) -> None:
        done = f"{_name(intent)} was already {sent_words(intent.kind)} on {_day(action)}"
        if unit is not None and unit.status not in STATUSES_AFTER.get(intent.kind, {unit.status}):
            forget = Hint("To do it again: ", command("actions", "forget", str(action.action_no)))
            fix = forget if unit.status in STATUSES_BEFORE.get(intent.kind, ()) else NO_HINT
            self.fault(place, f"{done}, but at Kaufland it is {unit.status}.", fix)
        elif _agrees(action, intent):
            self.already(place, action)
        else:
            self.fault(place, f"{done}, with {in_words(action.details) or 'other values'}.")


def record(store: Store, plan: ActionPlan, now: datetime) -> list[int]:
    """Write a plan to the ledger, all or nothing, and return the numbers of its actions in its order."""
    for one in plan.planned:
        if one.going_on is not None:
            store.actions.replan(one.going_on, one.intent, now)
    new = iter(store.actions.plan([one.intent for one in plan.planned if one.going_on is None], now))
    return [next(new) if one.going_on is None else one.going_on for one in plan.planned]


def body_of(content: Mapping[str, Any]) -> bytes:
    """Return the body of a request, as it is signed, sent and kept."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def statuses_of(units: Iterable[OrderUnit]) -> str:
    """Return the statuses of units, for a sentence."""
    return all_of(sorted({unit.status for unit in units}))


def _fetch(ident: str) -> Hint:
    """Return what brings an order or a unit into the store."""
    if not ident.strip():
        return command("orders", "list")
    return command("import-orders") if ident.strip().isdigit() else command("orders", "refresh", ident.strip())


def _planned(place: str, intent: Intent, unit: OrderUnit | None, going_on: int | None = None) -> Planned:
    if unit is None:
        return Planned(place, intent, None, None, going_on)
    amount = intent.details.get("amount", unit.price + (unit.shipping_rate or 0))
    return Planned(place, intent, amount, unit.currency, going_on)


def _agrees(action: Action, intent: Intent) -> bool:
    # Erasing a buyer takes details away; what is left has to agree.
    erased = {name for name in _ERASED if name not in action.details}
    return all(action.details.get(name) == intent.details.get(name) for name in _AGREEING if name not in erased)


def _name(intent: Intent) -> str:
    of_unit = f"Unit {intent.id_order_unit} of order" if intent.id_order_unit is not None else "Order"
    return f"{of_unit} {intent.id_order}"


def _state(action: Action) -> str:
    return "in doubt" if action.state in {"in_doubt", "sending"} else action.state


def _day(action: Action) -> str:
    return (action.ended_at or action.sent_at or action.planned_at)[:10]
