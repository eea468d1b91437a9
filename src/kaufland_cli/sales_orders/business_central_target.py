"""Business Central as a target for sales orders: creates, finds and compares documents through its API v2.0.

Opened by `app/` from the settings and used by `push`. See docs/decisions/0013.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from kaufland_cli.business_central.check import checks
from kaufland_cli.business_central.client import BusinessCentralClient, Json, key, open_sender
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
from kaufland_cli.domain.target_values import Expectations, ItemLookup, TargetCheck, TargetDocument
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
    """Open a connection to one company and close it at the end; nothing is sent until it is used.

    Raises SettingsError if the connection settings are incomplete or the proxy or certificates cannot be used.
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
        client = BusinessCentralClient(connection.api_url, sender, credential, budget=budget, clock=clock)
        yield BusinessCentral(Company(client, connection.company), connection.name, clock)
    finally:
        sender.close()


class BusinessCentral:
    """One company, as a `Target`; safe to use from several threads."""

    def __init__(self, company: Company, name: str, clock: Clock) -> None:
        self._company = company
        self._name = name
        self._clock = clock
        self._items = Items(company)

    @property
    def name(self) -> str:
        """The name of this target."""
        return self._name

    @property
    def may_finish_after_disconnect(self) -> bool:
        """True: requests are queued and processed even if nobody waits for the response."""
        return True

    def check(self, expected: Expectations) -> Sequence[TargetCheck]:
        """Check everything that creating needs, and report each problem."""
        return list(checks(self._company, expected, self._clock.now().date()))

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the documents with this external number, of any customer and any kind."""
        return list(documents(self._company, external_no))

    def item(self, number: str) -> ItemLookup:
        """Look up an item by its number."""
        return self._items.by_number(number)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up the only item with one of these EANs."""
        return self._items.by_gtin(gtins)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create it with one request, read it back, and fix the addresses that Business Central changed."""
        created = self._company.write("POST", "salesOrders", encoded(self.rendered(order)))
        if not created.get("number") or not created.get("id"):
            raise TargetDoubtful("Business Central created a sales order but did not return its number.")
        return self._compared(order, created, fix=True)

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Do for an existing order what `create` does after creating: compare it, and fix it if this program made it.

        Used when an earlier run created it but could not read it back. Posted documents are only compared.
        """
        if found.kind == "invoice":
            return self._compared_invoice(order, found)
        if found.kind == "shipment":
            return found
        known = {"id": found.id, "number": found.number, "customerNumber": found.customer_no}
        return self._compared(order, known, fix=fix)

    def rendered(self, order: SalesOrder) -> Json:
        """Return the body of the request that would create it."""
        variants = self._variants(order, needed=True)
        return document(self._with_units(order, needed=True), variants)

    def _compared_invoice(self, order: SalesOrder, found: TargetDocument) -> TargetDocument:
        try:
            query = [("$expand", LINES["invoice"])]
            ids = (found.id, *found.parts)
            seen = together([self._company.get(f"salesInvoices{key(one)}", query) for one in ids])
            wanted, variants = self._with_units(order, needed=False), self._variants(order, needed=False)
        except KauflandError as error:
            text = f"It exists, but could not be read back and compared: {error.message}"
            return replace(found, differences=(text,))
        differences = tuple(posted_differences(wanted, seen, variants, "invoice"))
        return replace(document_of(seen, "invoice"), parts=found.parts, differences=differences)

    def _variants(self, order: SalesOrder, *, needed: bool) -> dict[tuple[str, str], str]:
        """Return the ids of the variants by item and code; missing ones are treated as in `_with_units`."""
        keys = sorted({(line.number, line.variant) for line in order.lines if line.variant})
        return {key: _found_or_empty(partial(self._items.variant, *key), needed=needed) for key in keys}

    def _with_units(self, order: SalesOrder, *, needed: bool) -> SalesOrder:
        """Return the order with the unit of measure of each item: a unit at Kaufland is one base unit.

        If an item or its base unit is missing, raises TargetRefused if it is needed, or else leaves it empty.
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
            # It exists: its number is kept even though the document could not be compared.
            differences.append(f"It exists, but could not be read back and compared: {error.message}")
            was_read = was_read and bool(fixed or differences[:-1])
        else:
            differences.extend(others)
        found = document_of(seen, "order")
        return replace(found, differences=tuple(differences), fixed=tuple(fixed), seen=was_read)

    def _read(self, path: str) -> Json:
        return self._company.get(path, [("$expand", LINES["order"])])


def _found_or_empty(look_up: Callable[[], str], *, needed: bool) -> str:
    """Return what `look_up` finds; if it is missing, raises TargetRefused if `needed`, or else returns ""."""
    try:
        return look_up()
    except TargetRefused:
        if needed:
            raise
        return ""
