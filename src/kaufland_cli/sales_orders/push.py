"""Makes sales orders of the orders that wait: each once, whatever happens in between.

That an order is being sent is written down before the request goes out. What was left in doubt is looked for first,
and sent again only when no answer to the first request can come any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from kaufland_cli.clock import Clock
from kaufland_cli.errors import KauflandError, NotFound, TargetDoubtful, TargetRefused
from kaufland_cli.sales_orders.compare import conflicts
from kaufland_cli.sales_orders.document import SalesOrder
from kaufland_cli.sales_orders.holds import qualifies
from kaufland_cli.sales_orders.prepare import Prepared, prepare
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.sold import changes, sold_of, still_sold
from kaufland_cli.sales_orders.target import Target, TargetDocument
from kaufland_cli.seller_api.moments import as_text
from kaufland_cli.store.sales_order_row import Reason, SalesOrderRow
from kaufland_cli.store.store import Store

FIRST = "first"
# A request may be worked on for 8 minutes and its answer wait for 10 (Business Central's operational limits).
STILL_POSSIBLE = timedelta(minutes=15)

Outcome = Literal["created", "found", "held", "error", "conflict", "doubtful", "dropped"]
NEEDS_A_PERSON: frozenset[Outcome] = frozenset({"held", "error", "conflict"})


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one order."""

    id_order: str
    outcome: Outcome
    news: bool
    """Whether that is another state, or for another reason, than before."""


@dataclass(slots=True)
class PushResult:
    """What a push came to."""

    target: str
    pushed: list[Pushed] = field(default_factory=list)
    stopped_by: KauflandError | None = None
    """Why the rest was not tried."""

    def count(self, *outcomes: Outcome) -> int:
        """Return how many orders ended in one of these ways."""
        return sum(1 for one in self.pushed if one.outcome in outcomes)

    @property
    def needs_a_person(self) -> bool:
        """Tell whether there is anything new that a person has to look at."""
        return any(one.news and one.outcome in NEEDS_A_PERSON for one in self.pushed)


class Push:
    """One push into one target; the caller holds the lock of pushes."""

    def __init__(
        self,
        store: Store,
        target: Target,
        rules: Rules,
        clock: Clock,
        read_anew: Callable[[str], None],
        *,
        confirmed_currency: str = "",
        on_progress: Callable[[int, int], None] = lambda _done, _whole: None,
    ) -> None:
        self._store = store
        self._orders = store.sales_orders
        self._target = target
        self._rules = rules
        self._clock = clock
        self._read_anew = read_anew
        self._confirmed_currency = confirmed_currency
        self._on_progress = on_progress

    def run(self, ids: Sequence[str] | None = None) -> PushResult:
        """Push these orders, or all that wait; what stops everything ends the run and is told in the result."""
        result = PushResult(self._target.name)
        chosen = self._orders.waiting() if ids is None else list(ids)
        for number, id_order in enumerate(chosen):
            self._on_progress(number, len(chosen))
            before = self._orders.row(id_order)
            try:
                outcome = self._push(id_order)
            except KauflandError as error:
                self._told(id_order, error)
                result.stopped_by = error
                break
            after = self._orders.row(id_order)
            news = before is None or after is None or (before.state, before.reasons) != (after.state, after.reasons)
            result.pushed.append(Pushed(id_order, outcome, news))
        return result

    def preview(self, id_order: str, *, customer_by_hand: str = "", first: bool = False) -> Prepared:
        """Return the document as it would be sent by what is stored, or the reasons against it; writes nothing.

        `first` leaves out that its currency was not confirmed yet.
        """
        row = self._orders.row(id_order)
        order = self._order(id_order)
        by_hand = customer_by_hand or (row.customer_by_hand if row else "")
        found = prepare(order, self._rules, self._target, customer_by_hand=by_hand)
        gate = self._gate(order, first=first)
        return found if gate is None else Prepared(found.document, (*found.reasons, gate))

    # --- one order ---

    def _push(self, id_order: str) -> Outcome:
        row = self._orders.row(id_order)
        if row is not None and row.state == "sending":
            return self._settle(row)
        return self._send(id_order, row)

    def _settle(self, row: SalesOrderRow) -> Outcome:
        """Look for what was left in doubt; send it again only when the first request cannot be answered any more."""
        found = self._target.find(row.id_order)
        if found:
            return self._take(row.id_order, found, row)
        if row.not_before is not None and self._clock.now() < row.not_before:
            return "doubtful"
        return self._send(row.id_order, row)

    def _send(self, id_order: str, row: SalesOrderRow | None) -> Outcome:
        by_hand = row.customer_by_hand if row else ""
        # By what is stored first: a held order is not asked about at Kaufland again and again.
        ready = self._ready(id_order, by_hand)
        if isinstance(ready, SalesOrder):
            try:
                self._read_anew(id_order)
            except NotFound as error:
                self._orders.hold(id_order, self._clock.now(), [Reason("unknown_at_kaufland", error.message)])
                return "held"
            ready = self._ready(id_order, by_hand)
        if not isinstance(ready, SalesOrder):
            return ready
        return self._create(id_order, ready)

    def _ready(self, id_order: str, by_hand: str) -> "SalesOrder | Outcome":
        """Return the document if nothing stands against it; else write down what does."""
        order, now = self._order(id_order), self._clock.now()
        if not qualifies(order):
            self._orders.drop(id_order, now, "no sales order is due: no piece of the order is to be shipped now")
            return "dropped"
        prepared = prepare(order, self._rules, self._target, customer_by_hand=by_hand)
        reasons = prepared.reasons
        if not reasons and (gate := self._gate(order)) is not None:
            reasons = (gate,)
        if reasons or prepared.document is None:
            self._orders.hold(id_order, now, reasons)
            return "held"
        return prepared.document

    def _gate(self, order: dict[str, Any], *, first: bool = False) -> Reason | None:
        """Return what stands against it in what happened to other orders before."""
        storefront, currency = order["storefront"] or "", order["currency"]
        other = self._orders.stopped_storefronts().get(storefront)
        if other is not None and other != order["id_order"]:
            return Reason(
                "storefront_stopped",
                f"The VAT of order {other} came out wrong; nothing more is created for storefront {storefront} until "
                "that is resolved.",
                f"kaufland sales-orders show {other}",
            )
        known = currency == self._confirmed_currency or self._orders.confirmed(self._target.name, _currency(currency))
        if not known and not first:
            return Reason(
                "currency",
                f"This is the first order in {currency}: look at what comes of one before all others follow.",
                f"kaufland sales-orders push {order['id_order']} --confirm-currency {currency}",
            )
        return None

    def _create(self, id_order: str, document: SalesOrder) -> Outcome:
        now = self._clock.now()
        sold = sold_of(self._order(id_order), document)
        self._orders.sending(
            id_order,
            now,
            target=self._target.name,
            customer_no=document.customer_no,
            currency=document.currency,
            total=document.total,
            tax=document.tax,
            sold=sold,
            warnings=document.warnings,
            not_before=now + STILL_POSSIBLE,
        )
        try:
            if found := self._target.find(id_order):
                return self._take(id_order, found, self._orders.row(id_order))
            created = self._target.create(document)
        except TargetRefused as error:
            self._orders.fail(id_order, self._clock.now(), _reason("refused", error, id_order))
            return "error"
        except TargetDoubtful as error:
            return self._in_doubt(id_order, error)
        except KauflandError as error:  # nothing was created
            self._orders.wait(id_order, self._clock.now(), [_reason("unavailable", error, id_order)])
            raise
        return self._write_down(id_order, document, created, sold, note=f"created as {created.number}")

    def _in_doubt(self, id_order: str, error: KauflandError) -> Outcome:
        """Look at once: it may be there already."""
        now = self._clock.now()
        until = now + STILL_POSSIBLE
        reason = Reason(
            "doubtful",
            f"{error.message} Whether it was created is not known; it is looked for, and tried again after "
            f"{as_text(until)} if it is not there.",
            f"kaufland sales-orders push {id_order}",
        )
        self._orders.in_doubt(id_order, now, reason, until)
        found = self._target.find(id_order)
        return self._take(id_order, found, self._orders.row(id_order)) if found else "doubtful"

    def _take(self, id_order: str, found: Sequence[TargetDocument], row: SalesOrderRow | None) -> Outcome:
        """Take over a document that is there already; under another customer it is a conflict."""
        document = found[0]
        order = self._order(id_order)
        by_hand = row.customer_by_hand if row else ""
        wanted = prepare(order, self._rules, self._target, customer_by_hand=by_hand).document
        customer = by_hand or (wanted.customer_no if wanted else "")
        if document.customer_no and customer and document.customer_no != customer:
            self._orders.clash(
                id_order,
                self._clock.now(),
                [
                    Reason(
                        "other_customer",
                        f"There is a {_kind(document)} {document.number} with this order's number already, for "
                        f"customer {document.customer_no} in place of {customer}.",
                        f"If it is the right one: kaufland sales-orders link {id_order} {document.number}",
                    )
                ],
            )
            return "conflict"
        sold = dict(row.sold) if row and row.sold else sold_of(order, wanted)
        if wanted is not None:
            document = self._target.complete(wanted, document)
        note = f"found in {self._target.name}: {_kind(document)} {document.number}"
        outcome = self._write_down(id_order, wanted, document, sold, note=note)
        return "found" if outcome == "created" else outcome

    def _write_down(
        self, id_order: str, wanted: SalesOrder | None, document: TargetDocument, sold: dict[str, Any], *, note: str
    ) -> Outcome:
        now = self._clock.now()
        clashes = conflicts(wanted, document) if wanted is not None else []
        warnings = [*(wanted.warnings if wanted else ()), *document.mended]
        self._orders.created(
            id_order,
            now,
            target=self._target.name,
            number=document.number,
            target_id=document.id,
            customer_no=document.customer_no,
            total=document.total,
            tax=document.tax,
            sold=sold,
            warnings=warnings,
            conflicts=clashes,
            note=note,
        )
        return "conflict" if clashes else "created"

    def _told(self, id_order: str, error: KauflandError) -> None:
        """Keep with an order that still waits what kept it from being sent."""
        row = self._orders.row(id_order)
        if row is not None and row.state == "pending" and not row.reasons:
            self._orders.wait(id_order, self._clock.now(), [_reason("unavailable", error, id_order)])

    def _order(self, id_order: str) -> dict[str, Any]:
        order = self._store.queries.order(id_order)
        if order is None:
            raise NotFound(f"The order {id_order} is not in the store.", hint=f"kaufland orders refresh {id_order}")
        return order


def look_for_changes(store: Store, clock: Clock) -> list[str]:
    """Compare the orders that changed with their sales orders; return those that are in conflict now."""
    found = []
    for id_order in store.sales_orders.changed_since_created():
        row, order = store.sales_orders.row(id_order), store.queries.order(id_order)
        if row is None or order is None:
            continue
        with store.database.transaction():
            if reasons := changes(order, row.sold, row.number):
                kept = [reason for reason in row.reasons if reason.code != "changed"]
                if tuple(reason for reason in row.reasons if reason.code == "changed") != tuple(reasons):
                    found.append(id_order)
                store.sales_orders.clash(id_order, clock.now(), [*kept, *reasons])
            store.sales_orders.compared(id_order, still_sold(order, row.sold))
    return found


def confirm_currency(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Write down that orders in this currency may be created."""
    store.sales_orders.confirm(target, _currency(currency), clock.now())


def confirm_first(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Write down that a person has looked at the first sales order and found it right."""
    with store.database.transaction():
        store.sales_orders.confirm(target, FIRST, clock.now())
        store.sales_orders.confirm(target, _currency(currency), clock.now())


def first_confirmed(store: Store, target: str) -> bool:
    """Tell whether a person has confirmed the first sales order in this target."""
    return store.sales_orders.confirmed(target, FIRST)


def _currency(code: str) -> str:
    return f"currency {code}"


def _kind(document: TargetDocument) -> str:
    return {"order": "sales order", "invoice": "sales invoice", "shipment": "shipment"}[document.kind]


def _reason(code: str, error: KauflandError, id_order: str) -> Reason:
    hint = error.hint
    return Reason(
        code, error.message, hint if code != "refused" else f"{hint}; then: kaufland sales-orders retry {id_order}"
    )
