"""Adopts documents that already exist in the target, and compares what the target made of an order with what was sent.

Reads documents from the `Target`, writes states, numbers and conflicts into the store. See docs/decisions/0013 and, for
accepted totals, 0019.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.hint import Hint, and_then, command
from kaufland_cli.domain.order_snapshot import OrderSnapshot
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder, decimal_text
from kaufland_cli.domain.target_values import KINDS, TargetDocument
from kaufland_cli.sales_orders.fixes import set_for_storefront
from kaufland_cli.sales_orders.prepare import prepare
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.snapshot import snapshot_of
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.sales_order_row import Reason, SalesOrderRow
from kaufland_cli.store.store import Store

SEVERAL = "several_documents"
VAT_DIFFERS, NOT_COMPARED = "vat_differs", "not_compared"
MIN_DIFFERENCE = 0.001


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
        return self.record_created(wanted, completed, snapshot, note=note)

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
            self._orders.duplicate_checked(id_order)
        return several

    def record_created(
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


def conflicts(order: SalesOrder, found: TargetDocument) -> list[Reason]:
    """Return the differences, VAT first because it stops the storefront. An unknown value always differs."""
    resolved = command("sales-orders", "resolve", order.external_no)
    what = named(found)
    reasons = []
    if different := list(_vat(order, found)):
        reasons.append(
            Reason(
                VAT_DIFFERS,
                f"The VAT of {what} is not what Kaufland gives: {'; '.join(different)}. No more sales orders for "
                f"storefront {order.storefront} until this is resolved.",
                Hint(
                    _shipping_accounts(order, found),
                    "Correct the VAT groups of the customer and the items (or set another customer), correct the "
                    "document, then: ",
                    resolved,
                ),
            )
        )
    reasons += _total(found, order.total, order.currency, resolved)
    if not found.seen:
        reasons.append(
            Reason(NOT_COMPARED, f"{_capital(what)}: {' '.join(found.differences)}", _compare_hint(resolved))
        )
        return reasons
    reasons += [
        Reason("document_differs", f"{_capital(what)}: {text}", Hint("Correct the document, then: ", resolved))
        for text in found.differences
    ]
    return reasons


def uncompared(order: Order, found: TargetDocument | None, number: str, why: str) -> list[Reason]:
    """Return the conflict of a document that cannot be compared with a sales order, except for the order's total.

    `why` completes the sentence "… was not compared with the order: why."
    """
    resolved = command("sales-orders", "resolve", order.id_order)
    text = f"{_capital(named(found)) if found else f'Document {number}'} was not compared with the order: {why}."
    reasons = [Reason(NOT_COMPARED, text, _compare_hint(resolved))]
    own = order.summary.total_amount
    if found is not None and found.total is not None and own is not None:
        reasons += _total(found, own, order.currency, resolved)
    return reasons


def named(found: TargetDocument) -> str:
    """Return a document's kind and number, for the middle of a sentence."""
    return f"{KINDS[found.kind]} {found.number}"


def _total(found: TargetDocument, own: int, currency: str, resolved: Hint) -> Iterator[Reason]:
    at_kaufland = f"{decimal_text(own)} {currency}"
    if found.total is None:
        text = f"The total of {named(found)} could not be read; the order at Kaufland totals {at_kaufland}."
        yield Reason("total_unknown", text, _compare_hint(resolved))
    elif found.total != own:
        comes_to = f"{decimal_text(found.total)} {currency}"
        text = f"{_capital(named(found))} totals {comes_to}, the order at Kaufland {at_kaufland}."
        yield Reason("total_differs", text, Hint("Correct the document, then: ", resolved))


def _compare_hint(resolved: Hint) -> Hint:
    return Hint("Compare the document with the order, then: ", resolved)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shipping_accounts(order: SalesOrder, found: TargetDocument) -> Hint:
    """Return how to give shipping its own number per wrong rate; empty if shipping is correct."""
    rates = [
        line.vat
        for line, answered in zip(order.lines, found.lines, strict=False)
        if line.shipping and line.vat is not None and _another_rate(line.vat, answered.vat)
    ]
    ways = [
        Hint(f"For shipping at {rate:g} % set a separate number: ", setting, "; ")
        for rate in rates
        if (setting := set_for_storefront(order.storefront, f"shipping_numbers.{rate:g}", "NUMBER"))
    ]
    return Hint(*ways)


def _another_rate(wanted: float, found: float | None) -> bool:
    """Return whether the target's rate differs from Kaufland's; an unknown one always does."""
    return found is None or abs(wanted - found) > MIN_DIFFERENCE


def _vat(order: SalesOrder, found: TargetDocument) -> Iterator[str]:
    same = True
    for number, (line, answered) in enumerate(zip(order.lines, found.lines, strict=False), 1):
        if line.vat is not None and _another_rate(line.vat, answered.vat):
            same = False
            has = "a VAT that could not be read" if answered.vat is None else f"{answered.vat:g} %"
            yield f"line {number} ({line.number}) has {has}, Kaufland {line.vat:g} %"
    if not same or not found.lines or order.tax is None or found.total != order.total:
        return
    # Both round, and the target may round several lines together, so each line may be off by one.
    if found.tax is None:
        yield f"its VAT amount could not be read; at Kaufland's rates it is {decimal_text(order.tax)}"
    elif abs(found.tax - order.tax) > len(order.lines):
        yield f"its VAT amount is {decimal_text(found.tax)}; at Kaufland's rates it is {decimal_text(order.tax)}"
