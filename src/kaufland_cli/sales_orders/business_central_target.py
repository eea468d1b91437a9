"""Business Central as a place where sales orders are created."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from kaufland_cli.business_central.check import checks
from kaufland_cli.business_central.client import Client, Json, key, open_sender
from kaufland_cli.business_central.company import Company
from kaufland_cli.business_central.connection import Connection
from kaufland_cli.business_central.documents import document, encoded
from kaufland_cli.business_central.lookups import Items, documents
from kaufland_cli.business_central.reading import (
    LINES,
    address_differences,
    document_of,
    other_differences,
    posted_differences,
    together,
)
from kaufland_cli.business_central.token import Credential, Password, Token
from kaufland_cli.clock import Clock
from kaufland_cli.domain.sales_order import SalesOrder, SalesOrderLine
from kaufland_cli.domain.target_values import Check, Expectations, ItemLookup, TargetDocument
from kaufland_cli.errors import KauflandError, TargetDoubtful, TargetRefused
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.http.retry import RetryBudget


@contextmanager
def open_business_central(
    connection: Connection,
    *,
    clock: Clock,
    random: Callable[[], float],
    log: RequestLog | None = None,
    budget: RetryBudget | None = None,
) -> Iterator["BusinessCentral"]:
    """Open a connection to one company and close it at the end; nothing is sent before it is used.

    Raises SettingsError where the connection is incomplete or proxy or certificates cannot be used.
    """
    connection.check_complete()
    budget = budget or RetryBudget()
    sender = open_sender(connection, clock=clock, random=random, log=log)
    try:
        credential: Credential = (
            Password(connection)
            if connection.authentication == "basic"
            else Token(connection, sender, budget=budget, clock=clock)
        )
        client = Client(connection.api_url, sender, credential, budget=budget, clock=clock)
        yield BusinessCentral(Company(client, connection.company), connection.name, clock)
    finally:
        sender.close()


class BusinessCentral:
    """One company, as a `Target`; for any number of threads."""

    def __init__(self, company: Company, name: str, clock: Clock) -> None:
        self._company = company
        self._name = name
        self._clock = clock
        self._items = Items(company)

    @property
    def name(self) -> str:
        """Where that is."""
        return self._name

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Yes: requests queue, and are finished whoever waits."""
        return True

    def check(self, expected: Expectations) -> Sequence[Check]:
        """Look at everything that creating needs, and name each fault."""
        return list(checks(self._company, expected, self._clock.now().date()))

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the documents under this external number, whichever customer's and of whichever kind."""
        return list(documents(self._company, external_no))

    def item(self, number: str) -> ItemLookup:
        """Look up the item of that number."""
        return self._items.by_number(number)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up the only item that has one of these EANs."""
        return self._items.by_gtin(gtins)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create it with one request, read it back, and fix what was made of the addresses."""
        created = self._company.write("POST", "salesOrders", encoded(self.rendered(order)))
        if not created.get("number") or not created.get("id"):
            raise TargetDoubtful("Business Central created a sales order and did not name its number.")
        return self._compared(order, created, fix=True)

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Do for an order that was found what `create` does after creating: compare it, and fix it if it is ours.

        For one that a run had created and could not look at again. What was posted is compared only.
        """
        if found.kind == "invoice":
            return self._compared_invoice(order, found)
        if found.kind == "shipment":
            return found
        known = {"id": found.id, "number": found.number, "customerNumber": found.customer_no}
        return self._compared(order, known, fix=fix)

    def rendered(self, order: SalesOrder) -> Json:
        """Return the body of the request that creates it."""
        variants = self._variants(order, needed=True)
        return document(self._with_units(order, needed=True), variants)

    def _compared_invoice(self, order: SalesOrder, found: TargetDocument) -> TargetDocument:
        try:
            query = [("$expand", LINES["invoice"])]
            ids = (found.id, *found.parts)
            seen = together([self._company.get(f"salesInvoices{key(one)}", query) for one in ids])
            wanted, variants = self._with_units(order, needed=False), self._variants(order, needed=False)
        except KauflandError as error:
            text = f"It is there, but could not be read again and compared: {error.message}"
            return replace(found, differences=(text,))
        differences = tuple(posted_differences(wanted, seen, variants, "invoice"))
        return replace(document_of(seen, "invoice"), parts=found.parts, differences=differences)

    def _variants(self, order: SalesOrder, *, needed: bool) -> dict[tuple[str, str], str]:
        """Return the ids of the variants by item and code; what is not there is treated as units are."""
        keys = sorted({(line.number, line.variant) for line in order.lines if line.variant})
        return {key: _found_or_empty(partial(self._items.variant, *key), needed=needed) for key in keys}

    def _with_units(self, order: SalesOrder, *, needed: bool) -> SalesOrder:
        """Return the order with the unit of measure of each item: a unit at Kaufland is one base unit.

        Where an item or its base unit is not there, raises TargetRefused if it is needed, else leaves it open.
        """

        def unit(line: SalesOrderLine) -> str:
            if line.kind != "item" or line.unit:
                return line.unit
            return _found_or_empty(partial(self._items.base_unit, line.number), needed=needed)

        return replace(order, lines=tuple(replace(line, unit=unit(line)) for line in order.lines))

    def _compared(self, order: SalesOrder, known: Json, *, fix: bool) -> TargetDocument:
        path = f"salesOrders{key(known['id'])}"
        fixed: list[str] = []
        differences: list[str] = []
        seen, was_read = known, False
        try:
            seen = self._read(path)
            order = self._with_units(order, needed=False)
            was_read = True
            wrong = address_differences(order, seen)
            if wrong and not fix:
                differences.extend(difference.sentence() for difference in wrong)
            elif wrong:
                body = encoded({difference.name: difference.sent for difference in wrong})
                try:
                    self._company.write("PATCH", path, body, etag=str(seen.get("@odata.etag") or "*"))
                except KauflandError as error:
                    differences.append(f"What differs could not be fixed: {error.message}")
                seen = self._read(path)
                left = address_differences(order, seen)
                names = {difference.name for difference in left}
                fixed = [difference.fixed() for difference in wrong if difference.name not in names]
                differences = [*(difference.sentence() for difference in left), *(differences if left else [])]
            others = list(other_differences(order, seen, self._variants(order, needed=False)))
        except KauflandError as error:
            # It exists: what could not be seen of it is said, and does not make the number be forgotten.
            differences.append(f"It is there, but could not be read again and compared: {error.message}")
            was_read = was_read and bool(fixed or differences[:-1])
        else:
            differences.extend(others)
        found = document_of(seen, "order")
        return replace(found, differences=tuple(differences), fixed=tuple(fixed), seen=was_read)

    def _read(self, path: str) -> Json:
        return self._company.get(path, [("$expand", LINES["order"])])


def _found_or_empty(look_up: Callable[[], str], *, needed: bool) -> str:
    """Return what is looked up; where it is not there, raises TargetRefused if it is needed, else returns nothing."""
    try:
        return look_up()
    except TargetRefused:
        if needed:
            raise
        return ""
