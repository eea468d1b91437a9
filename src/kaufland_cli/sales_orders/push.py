"""Creates a sales order for each waiting order, exactly once, whatever happens in between.

Orders come from the store and are re-fetched from Kaufland; sales orders go to a `Target`, states and reasons back into
the store. The store records that an order is being sent before the request goes out. An order in doubt is looked up in
the target first, and sent again only when the first request can no longer succeed. See docs/decisions/0013.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import Hint, and_then, command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.sales_order_states import STOPPED
from kaufland_cli.domain.statuses import RETURNED
from kaufland_cli.domain.target_values import KINDS
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import (
    KauflandError,
    KauflandUnavailable,
    NotFound,
    RequestRefused,
    ResponseMismatch,
    TargetDoubtful,
    TargetRefused,
    TargetUnavailable,
)
from kaufland_cli.sales_orders.confirmations import currency_key, first_confirmed
from kaufland_cli.sales_orders.fixes import or_link_by_hand
from kaufland_cli.sales_orders.found import FoundDocuments
from kaufland_cli.sales_orders.holds import absent_units, missing_details, qualifies, why_not_due
from kaufland_cli.sales_orders.prepare import Prepared, prepare
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.snapshot import emptied, snapshot_of
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.sales_order_row import Reason, SalesOrderRow
from kaufland_cli.store.store import Store

_logger = logging.getLogger(__name__)
# Business Central may queue a request for 8 minutes and process it for 8 more (its operational limits), even after the
# sender has disconnected: until then it may still create the sales order.
STILL_POSSIBLE = timedelta(minutes=30)
MAX_ATTEMPTS = 5
MAX_UNAVAILABLE_IN_A_ROW = 2

Outcome = Literal["created", "found", "held", "error", "conflict", "in_doubt", "waiting", "dropped"]
NEEDS_ATTENTION: frozenset[str] = STOPPED | {"waiting"}
_OUTCOMES: dict[str, Outcome] = {"created": "found", "conflict": "conflict", "sending": "in_doubt"}


@dataclass(frozen=True, slots=True)
class Pushed:
    """The result of a push for one order."""

    id_order: str
    outcome: Outcome
    changed: bool
    """Whether the state or the reasons differ from before."""


@dataclass(slots=True)
class PushResult:
    """The result of a push."""

    target: str
    pushed: list[Pushed] = field(default_factory=list)
    stopped_by: KauflandError | None = None
    """Why the remaining orders were not tried; None if all were."""

    def count(self, *outcomes: Outcome) -> int:
        """Return how many orders have one of these outcomes."""
        return sum(1 for one in self.pushed if one.outcome in outcomes)

    @property
    def needs_attention(self) -> bool:
        """Return whether anything new needs a person's attention."""
        return any(one.changed and one.outcome in NEEDS_ATTENTION for one in self.pushed)


@dataclass(frozen=True, slots=True)
class _Ready:
    """An order that is ready to be sent, as it was read, and its document."""

    order: Order
    document: SalesOrder


class Push:
    """One push into one target; the caller must hold the push lock."""

    def __init__(
        self,
        store: Store,
        target: Target,
        rules: Rules,
        clock: Clock,
        refetch: Callable[[str], None],
        *,
        confirmed_currency: str = "",
        without_absent: bool = False,
        on_progress: Callable[[int, int], None] = lambda _done, _whole: None,
    ) -> None:
        self._store = store
        self._orders = store.sales_orders
        self._target = target
        self._rules = rules
        self._clock = clock
        self._refetch = refetch
        self._confirmed_currency = confirmed_currency
        self._without_absent = without_absent
        self._on_progress = on_progress
        self._found = FoundDocuments(store, target, rules, clock)

    def run(self, ids: Sequence[str] | None = None) -> PushResult:
        """Push these orders, or all waiting ones; returns what became of each and what stopped the run early.

        `ids` are orders chosen by hand. A problem with one order does not stop the others; an unavailable system does,
        after a second failure in a row. Raises nothing of `KauflandError`: see `PushResult.stopped_by`.
        """
        result = PushResult(self._target.name)
        if ids is None:
            result.pushed += [Pushed(id_order, "conflict", changed=True) for id_order in self._duplicates()]
        chosen = self._orders.waiting() if ids is None else list(ids)
        in_a_row = 0
        for number, id_order in enumerate(chosen):
            self._on_progress(number, len(chosen))
            before = self._orders.row(id_order)
            try:
                outcome = self._push(id_order, by_hand=ids is not None)
                in_a_row = 0
            except KauflandError as error:
                in_a_row += 1
                self._record_error(id_order, error)
                outcome = "waiting"
                _logger.debug("order %s: stopped by %s", id_order, error.code_name())
                if (
                    not isinstance(error, TargetUnavailable | KauflandUnavailable)
                    or in_a_row == MAX_UNAVAILABLE_IN_A_ROW
                    or len(chosen) == 1
                ):
                    result.stopped_by = error
            after = self._orders.row(id_order)
            changed = before is None or after is None or (before.state, before.reasons) != (after.state, after.reasons)
            result.pushed.append(Pushed(id_order, outcome, changed))
            _logger.debug("order %s: %s", id_order, outcome)
            if result.stopped_by is not None:
                break
        return result

    def preview(self, id_order: str, *, customer_by_hand: str = "", first: bool = False) -> Prepared:
        """Return the document as it would be sent, built from the store, or the reasons against it; writes nothing.

        `first` ignores that its currency is not confirmed yet. Raises NotFound if the order is not in the store.
        """
        row = self._orders.row(id_order)
        order = self._order(id_order)
        if row is not None and row.number:
            text = f"It already has a sales order: {row.number}."
            return Prepared(None, (Reason("created", text, command("sales-orders", "show", id_order)),))
        by_hand = customer_by_hand or (row.customer_by_hand if row else "")
        found = prepare(order, self._rules, self._target, customer_by_hand=by_hand, without=self._accepted(order))
        against = [] if qualifies(order) else [_not_due(order)]
        if (gate := self._gate(order, first=first)) is not None:
            against.append(gate)
        return Prepared(found.document, (*found.reasons, *against))

    # --- one order ---

    def _push(self, id_order: str, *, by_hand: bool) -> Outcome:
        row = self._orders.row(id_order)
        if row is not None and row.state == "sending":
            return self._settle(row, by_hand=by_hand)
        return self._send(id_order, row, by_hand=by_hand)

    def _settle(self, row: SalesOrderRow, *, by_hand: bool) -> Outcome:
        """Look up an order in doubt; send it again only when the first request can no longer succeed."""
        if row.target != self._target.name:
            text = (
                f"It was being sent to {row.target} when that stopped, so it may exist there; sales orders now go to "
                f"{self._target.name}."
            )
            fix = Hint("Check there, then link it or: ", command("sales-orders", "retry", row.id_order))
            self._orders.mark_conflict(row.id_order, self._clock.now(), [Reason("other_target", text, fix)])
            return "conflict"
        found = self._target.find(row.id_order)
        if found:
            return _OUTCOMES[self._found.adopt_existing(self._order(row.id_order), found, row)]
        if row.not_before is not None and self._clock.now() < row.not_before:
            if not row.reasons:
                self._orders.in_doubt(row.id_order, self._clock.now(), _doubt("Sending it was interrupted.", row))
            return "in_doubt"
        if row.attempts >= MAX_ATTEMPTS:
            text = f"It was sent {counted(row.attempts, 'time')} without a clear response, and it does not exist there."
            fix = and_then(Hint("Find out what is wrong there"), "sales-orders", "retry", row.id_order)
            self._orders.fail(row.id_order, self._clock.now(), Reason("no_answer", text, fix))
            return "error"
        return self._send(row.id_order, row, by_hand=by_hand)

    def _send(self, id_order: str, row: SalesOrderRow | None, *, by_hand: bool) -> Outcome:
        customer = row.customer_by_hand if row else ""
        # Checked with the stored data first, so that a held order is not re-fetched from Kaufland on every push.
        without = self._accepted(self._order(id_order))
        ready = self._ready(id_order, customer, without, by_hand=by_hand, fetched=False)
        if isinstance(ready, _Ready):
            again = or_link_by_hand(Hint("Try again: ", command("sales-orders", "retry", id_order)), id_order)
            try:
                self._refetch(id_order)
            except NotFound as error:
                self._orders.hold(id_order, self._clock.now(), [Reason("unknown_at_kaufland", error.message, again)])
                return "held"
            except (RequestRefused, ResponseMismatch) as error:
                self._orders.hold(id_order, self._clock.now(), [Reason("refused_by_kaufland", error.message, again)])
                return "held"
            ready = self._ready(id_order, customer, without, by_hand=by_hand, fetched=True)
        return self._create(ready) if isinstance(ready, _Ready) else ready

    def _accepted(self, order: Order) -> frozenset[str]:
        """Return the missing units to leave out of the sales order: those missing before this push."""
        return absent_units(order) if self._without_absent else frozenset()

    def _ready(
        self, id_order: str, customer: str, without: frozenset[str], *, by_hand: bool, fetched: bool
    ) -> "_Ready | Outcome":
        """Return the document if nothing speaks against it; otherwise record the reasons.

        `fetched`: this push has fetched the order; before that, details that are missing are no reason to hold it.
        """
        order, now = self._order(id_order), self._clock.now()
        if not fetched:
            order = replace(order, missing_details=frozenset())
        if not order.units:
            self._orders.mark_conflict(id_order, now, [emptied(order)])
            return "conflict"
        if not qualifies(order) and not order.statuses & RETURNED:
            self._orders.drop(id_order, now, f"no sales order needed: {why_not_due(order)}")
            return "dropped"
        prepared = prepare(order, self._rules, self._target, customer_by_hand=customer, without=without)
        reasons = prepared.reasons
        if not by_hand and not self._rules.wants(order.storefront):
            text = f"Sales orders of storefront {order.storefront} are switched off."
            reasons = (Reason("switched_off", text, command("sales-orders", "push", id_order)), *reasons)
        if not reasons and (gate := self._gate(order)) is not None:
            reasons = (gate,)
        if reasons or prepared.document is None:
            self._orders.hold(id_order, now, reasons)
            return "held"
        return _Ready(order, prepared.document)

    def _gate(self, order: Order, *, first: bool = False) -> Reason | None:
        """Return the reason that earlier orders give against this one: wrong VAT, or an unconfirmed currency."""
        storefront, currency = order.storefront, order.currency
        other = self._orders.stopped_storefronts().get(storefront)
        if other is not None and other != order.id_order:
            return Reason(
                "storefront_stopped",
                f"The VAT of order {other} came out wrong; no more sales orders for storefront {storefront} until "
                "that is resolved.",
                command("sales-orders", "show", other),
            )
        known = (
            not self._rules.confirm_first
            or same_code(currency, self._confirmed_currency)
            or self._store.sales_orders.confirmed(self._target.name, currency_key(currency))
        )
        if not known and not first and currency:
            any_yet = first_confirmed(self._store, self._target.name)
            confirm = ("--confirm-currency", currency) if any_yet else ("--confirm-first",)
            return Reason(
                "currency",
                f"This is the first order in {currency}: check its sales order before the others follow.",
                command("sales-orders", "push", order.id_order, *confirm),
            )
        return None

    def _create(self, ready: _Ready) -> Outcome:
        document, id_order = ready.document, ready.order.id_order
        snapshot = snapshot_of(ready.order, document)
        self._orders.sending(
            id_order,
            self._clock.now(),
            target=self._target.name,
            customer_no=document.customer_no,
            currency=document.currency,
            total=document.total,
            tax=document.tax,
            snapshot=snapshot,
            warnings=document.warnings,
        )
        try:
            if found := self._target.find(id_order):
                return _OUTCOMES[self._found.adopt_existing(ready.order, found, self._orders.row(id_order))]
            now = self._clock.now()
            self._orders.about_to_send(
                id_order, now, now + (STILL_POSSIBLE if self._target.may_finish_after_disconnect else timedelta())
            )
            created = self._target.create(document)
        except TargetDoubtful as error:
            return self._in_doubt(ready.order, error)
        except TargetRefused as error:
            self._orders.fail(id_order, self._clock.now(), self._refused(id_order, error))
            return "error"
        except KauflandError as error:  # nothing was created
            self._orders.wait(id_order, self._clock.now(), [Reason("unavailable", error.message, error.hint)])
            raise
        state = self._found.record_created(document, created, snapshot, note=f"created as {created.number}")
        # An installation that checked at the same time may have created one too, or be about to: see `_duplicates`.
        with suppress(KauflandError):  # it was created, even if it cannot be read right now
            if state != "sending" and self._found.look_again(id_order, last=False):
                state = "conflict"
        return "created" if state == "created" else _OUTCOMES[state]

    def _refused(self, id_order: str, error: TargetRefused) -> Reason:
        """Return why it was rejected; if only a line was rejected, Business Central may keep the header."""
        text, fix = error.message, error.fix
        with suppress(KauflandError):
            for left in self._target.find(id_order):
                text = f"{text} It left {KINDS[left.kind]} {left.number} behind, which is incomplete."
                fix = Hint(f"Delete {left.number}. ", fix)
        return Reason("refused", text, and_then(fix, "sales-orders", "retry", id_order))

    def _duplicates(self) -> Iterator[str]:
        """Yield the orders of earlier pushes that turn out to have two documents; each is checked once.

        If two are created at the same time, only the second installation sees both right away.
        """
        with suppress(KauflandError):  # the next push checks again
            for id_order in self._orders.due_for_duplicate_check(self._target.name):
                if self._found.look_again(id_order, last=True):
                    yield id_order

    def _in_doubt(self, order: Order, error: KauflandError) -> Outcome:
        """Look it up right away: it may exist already."""
        id_order = order.id_order
        row = self._orders.row(id_order)
        if row is not None:
            self._orders.in_doubt(id_order, self._clock.now(), _doubt(error.message, row))
        found = self._target.find(id_order)
        if found:
            return _OUTCOMES[self._found.adopt_existing(order, found, self._orders.row(id_order))]
        return "waiting" if row is not None and row.attempts > 1 else "in_doubt"

    def _record_error(self, id_order: str, error: KauflandError) -> None:
        """Record on a waiting order what kept it from being sent."""
        row = self._orders.row(id_order)
        if row is not None and row.state == "pending" and not row.reasons:
            reasons = [*missing_details(self._order(id_order)), Reason("unavailable", error.message, error.hint)]
            self._orders.wait(id_order, self._clock.now(), reasons)

    def _order(self, id_order: str) -> Order:
        with self._store.database.transaction():  # one consistent read, since an import may be writing
            order = self._store.queries.order(id_order)
        if order is None or not (order.units or order.departed_units):
            raise NotFound(f"The order {id_order} is not in the store.", hint=command("orders", "refresh", id_order))
        return order


def _doubt(why: str, row: SalesOrderRow) -> Reason:
    until = "" if row.not_before is None else f" and, if missing, sends it again after {as_text(row.not_before)}"
    text = f"{why} It is unclear whether it was created. The next push looks for it{until}."
    return Reason("in_doubt", text, command("sales-orders", "push", row.id_order))


def _not_due(order: Order) -> Reason:
    text = f"No sales order needed: {why_not_due(order)}."
    return Reason("not_due", text, command("orders", "show", order.id_order))
