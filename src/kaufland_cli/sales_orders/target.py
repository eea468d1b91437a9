"""Where sales orders are created: one small interface, behind which any merchandise system can stand.

The store decides what is created and when; a target only does what it is told and says what it found.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Check, Expectations, ItemLookup, TargetDocument


class Target(Protocol):
    """A merchandise system.

    Each method raises `TargetUnavailable`, `TargetCredentialsRefused` or `SettingsError` where it cannot do its work;
    nothing was created then.
    """

    @property
    def name(self) -> str:
        """Where that is, for the middle of a sentence and as the key of confirmations; stable."""
        ...

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request may still come to something after its sender has hung up."""
        ...

    def check(self, expected: Expectations) -> Sequence[Check]:
        """Look at everything that creating needs, and name each fault."""
        ...

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the documents under this external number, whichever customer's and of whichever kind.

        Orders first. Of one document in several forms (order, shipment, invoice) only the first counts.
        """
        ...

    def item(self, number: str) -> ItemLookup:
        """Look up the item of that number."""
        ...

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up the only item that has one of these EANs, given as GTIN-14."""
        ...

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create it, read it back, and fix what the target made of the addresses.

        Raises `TargetRefused` where it was surely not created, `TargetDoubtful` where it may have been.
        """
        ...

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Do for a document that was found what `create` does after creating: read it and compare it.

        Addresses are fixed only where `fix` says that this program made it; what a person typed is left alone.
        """
        ...

    def rendered(self, order: SalesOrder) -> Mapping[str, Any]:
        """Return the document in the target's own words, as `create` sends or writes it."""
        ...
