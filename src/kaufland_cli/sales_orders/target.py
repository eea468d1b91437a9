"""The interface of every merchandise system in which sales orders are created.

`push` decides what is created and when; a target does what it is asked and reports what it found. See
docs/decisions/0013.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Expectations, ItemLookup, TargetCheck, TargetDocument


class Target(Protocol):
    """A merchandise system.

    Each method raises `TargetUnavailable`, `TargetCredentialsRefused` or `SettingsError` if it cannot do its work; in
    that case nothing was created.
    """

    @property
    def name(self) -> str:
        """The name of this target, for the middle of a sentence and as the key of confirmations; stable."""
        ...

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request may still succeed after its sender has disconnected."""
        ...

    def check(self, expected: Expectations) -> Sequence[TargetCheck]:
        """Check everything that creating needs, and report each problem."""
        ...

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the documents with this external number, of any customer and any kind.

        Orders first. Of a document in several forms (order, shipment, invoice) only the first is returned.
        """
        ...

    def item(self, number: str) -> ItemLookup:
        """Look up an item by its number."""
        ...

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up the only item with one of these EANs, given as GTIN-14."""
        ...

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create it, read it back, and fix the addresses that the target changed.

        Raises `TargetRefused` if it was definitely not created, `TargetDoubtful` if it may have been.
        """
        ...

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Do for an existing document what `create` does after creating: read it and compare it.

        Addresses are fixed only with `fix`, for documents this program made; what a person typed is left alone.
        """
        ...

    def rendered(self, order: SalesOrder) -> Mapping[str, Any]:
        """Return the document in the target's own format, as `create` sends or writes it."""
        ...
