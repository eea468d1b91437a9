"""Adopts documents that already exist in the target, and records what became of those this program created.

Reads documents from the `Target`, writes states, numbers and conflicts into the store. See docs/decisions/0013.
"""

from collections.abc import Sequence
from dataclasses import replace

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import Hint, and_then, command
from kaufland_cli.domain.order_snapshot import OrderSnapshot
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import KINDS, TargetDocument
from kaufland_cli.sales_orders.compare import NOT_COMPARED, conflicts, named, uncompared
from kaufland_cli.sales_orders.prepare import prepare
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.snapshot import snapshot_of
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.sales_order_row import Reason, SalesOrderRow
from kaufland_cli.store.store import Store

SEVERAL = "several_documents"


class FoundDocuments:
    """Handles the documents in the target that have an order's number."""

    def __init__(self, store: Store, target: Target, rules: Rules, clock: Clock) -> None:
        self._orders = store.sales_orders
        self._target = target
        self._rules = rules
        self._clock = clock

    def adopt_existing(self, order: Order, found: Sequence[TargetDocument], row: SalesOrderRow | None) -> str:
        """Adopt the document if it clearly belongs to the order; otherwise record a conflict. Returns the new state."""
        id_order, document = order.id_order, found[0]
        if len(found) > 1:
            return self._mark_conflict(id_order, _several(id_order, found))
        if order.erased_at:
            return self._adopt_erased(order, document, row)
        wanted, snapshot = self._wanted(order, row)
        if wanted is None:
            text = (
                f"A document with this order's number already exists: {named(document)}. It could not be compared "
                "because the order cannot become a sales order right now."
            )
            link = command("sales-orders", "link", id_order, document.number)
            fix = and_then(Hint("If it is correct: ", link), "sales-orders", "resolve", id_order)
            return self._mark_conflict(id_order, Reason(NOT_COMPARED, text, fix))
        if not same_code(document.customer_no, wanted.customer_no):
            return self._mark_conflict(id_order, _other_customer(id_order, document, wanted.customer_no))
        completed = self._target.complete(wanted, document, fix=row is not None and row.asked)
        note = f"found in {self._target.name}: {named(document)}"
        return self.write_down(wanted, completed, snapshot, note=note)

    def _adopt_erased(self, order: Order, document: TargetDocument, row: SalesOrderRow | None) -> str:
        """Adopt the document of an order whose buyer data was erased here, and leave the document as it is.

        Customer, total and VAT are compared with what was sent; the addresses cannot be.
        """
        sent = self._sent(row)
        if sent is not None and not same_code(document.customer_no, sent.customer_no):
            return self._mark_conflict(order.id_order, _other_customer(order.id_order, document, sent.customer_no))
        why = "the buyer's data was erased"
        return self._keep(
            order.id_order,
            document,
            document.number,
            (row.snapshot if row else None) or snapshot_of(order, None),
            uncompared(order, document, document.number, why) if sent is None else conflicts(sent, document),
            note=f"found as {named(document)}; its addresses were not compared because {why}",
        )

    def look_again(self, id_order: str, *, last: bool) -> bool:
        """Check whether an order has two documents: the check before creating cannot see what is created after it.

        Two documents are a conflict, added to any others. `last`: do not check again. Returns whether there are two.
        """
        found = self._target.find(id_order)
        row = self._orders.row(id_order)
        several = row is not None and len(found) > 1
        if row is not None and several:
            self._orders.mark_conflict(
                id_order, self._clock.now(), [*row.reasons, _several(id_order, found, row.number)]
            )
        if last or several:
            self._orders.looked_again(id_order)
        return several

    def write_down(
        self,
        wanted: SalesOrder,
        document: TargetDocument,
        snapshot: OrderSnapshot,
        *,
        note: str,
        look_again: bool = True,
    ) -> str:
        """Record the number, the amounts (minor units) and the differences. Returns the new state.

        A document that could not be read back stays in state `sending`: the next push finds and compares it.
        """
        id_order, now = wanted.external_no, self._clock.now()
        if not document.seen:
            text = (
                f"{KINDS[document.kind].capitalize()} {document.number} was created; {' '.join(document.differences)}"
            )
            self._orders.in_doubt(id_order, now, Reason(NOT_COMPARED, text, command("sales-orders", "push")))
            return "sending"
        return self._keep(
            id_order,
            document,
            document.number,
            snapshot,
            conflicts(wanted, document),
            warnings=[*wanted.warnings, *document.fixed],
            note=note,
            look_again=look_again,
        )

    def link(self, order: Order, document: TargetDocument | None, number: str) -> str:
        """Link an order to a document chosen by hand; it is still compared as far as the target knows it.

        The document's customer counts as chosen by hand too. What cannot be compared is a conflict until a person has
        compared it. Returns the new state.
        """
        customer = document.customer_no if document else ""
        prepared = prepare(order, self._rules, self._target, customer_by_hand=customer)
        wanted = prepared.document
        warnings: tuple[str, ...] = ()
        if document is None:
            conflicts_found = uncompared(
                order, None, number, f"{self._target.name} has no such document under the order's number"
            )
        elif wanted is None:
            why = "the order cannot become a sales order automatically"
            held = " ".join(reason.text for reason in prepared.reasons)
            conflicts_found = uncompared(order, document, number, f"{why} ({held.rstrip('.')})")
        else:
            completed = self._target.complete(wanted, document, fix=False)
            if completed.seen:
                document, warnings = completed, wanted.warnings
            else:
                document = replace(document, differences=completed.differences, seen=False)
            conflicts_found = conflicts(wanted, document)
        snapshot, note = snapshot_of(order, wanted), f"linked by hand to {number}"
        known = document.number if document else number
        return self._keep(order.id_order, document, known, snapshot, conflicts_found, warnings=warnings, note=note)

    def _keep(
        self,
        id_order: str,
        document: TargetDocument | None,
        number: str,
        snapshot: OrderSnapshot,
        conflicts_found: Sequence[Reason],
        *,
        note: str,
        warnings: Sequence[str] = (),
        look_again: bool = False,
    ) -> str:
        """Record the document's number and what the target knows about it. Returns the new state."""
        self._orders.created(
            id_order,
            self._clock.now(),
            target=self._target.name,
            number=number,
            target_id=document.id if document else "",
            customer_no=document.customer_no if document else "",
            total=document.total if document else None,
            tax=document.tax if document else None,
            snapshot=snapshot,
            warnings=warnings,
            conflicts=conflicts_found,
            note=note,
            look_again=look_again,
        )
        return "conflict" if conflicts_found else "created"

    def _sent(self, row: SalesOrderRow | None) -> SalesOrder | None:
        """Return the document as it was sent to this target; None if none was."""
        if row is None or row.snapshot is None or row.target != self._target.name:
            return None
        return row.snapshot.document

    def _wanted(self, order: Order, row: SalesOrderRow | None) -> tuple[SalesOrder | None, OrderSnapshot]:
        """Return the document as it was sent, or else as it would be; with the snapshot of its order."""
        if row is not None and row.snapshot is not None and (sent := self._sent(row)) is not None:
            return sent, row.snapshot
        by_hand = row.customer_by_hand if row else ""
        wanted = prepare(order, self._rules, self._target, customer_by_hand=by_hand).document
        return wanted, snapshot_of(order, wanted)

    def _mark_conflict(self, id_order: str, reason: Reason) -> str:
        self._orders.mark_conflict(id_order, self._clock.now(), [reason])
        return "conflict"


def _other_customer(id_order: str, document: TargetDocument, wanted: str) -> Reason:
    text = (
        f"A document with this order's number already exists: {named(document)}, for customer "
        f"{document.customer_no or 'unknown'} instead of {wanted}."
    )
    link = command("sales-orders", "link", id_order, document.number)
    fix = and_then(Hint("If it is the right one: ", link, "; otherwise delete it"), "sales-orders", "retry", id_order)
    return Reason("other_customer", text, fix)


def _several(id_order: str, found: Sequence[TargetDocument], number: str = "") -> Reason:
    """Return the conflict of several documents; `number` is the one recorded as the order's own."""
    listed = ", ".join(f"{KINDS[one.kind]} {one.number} for customer {one.customer_no}" for one in found)
    text = f"Several documents have this order's number: {listed}. Are two installations pushing? Only one may."
    delete, retry = Hint("Delete the surplus documents"), ("sales-orders", "retry", id_order)
    if not number:
        return Reason(SEVERAL, text, and_then(delete, *retry))
    resolve, unlink = command("sales-orders", "resolve", id_order), command("sales-orders", "unlink", id_order)
    fix = and_then(Hint(delete, f"; if {number} is left: ", resolve, "; if another one is: ", unlink), *retry)
    return Reason(SEVERAL, text, fix)
