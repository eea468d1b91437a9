"""How the imports of an account are doing, as values: for `status`, and for the channels that report figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from kaufland_cli.domain.due import Due
    from kaufland_cli.domain.orders import FailedUnit
    from kaufland_cli.monitoring.health import Health
    from kaufland_cli.order_import.lock import Holder
    from kaufland_cli.scheduling.backend import ScheduleSummary
    from kaufland_cli.store.accepted_totals import AcceptedTotal
    from kaufland_cli.store.order_queries import StoreCounts
    from kaufland_cli.store.past_reconciliations import Reconciled
    from kaufland_cli.store.request_log import LogSize


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last import of a store that ended."""

    at: str | None
    """When it ended, UTC text; None if there was none."""
    status: Literal["green", "red"] | None
    """Green if everything was read and the store is sound, red if not."""
    message: str | None
    age_seconds: int | None = None
    complete: bool | None = None


@dataclass(frozen=True, slots=True)
class OtherStore:
    """The store of another environment of the same profile."""

    environment: str
    store: Path
    last_sync: LastSync
    orders: int | None
    """None if the store cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the imports are doing."""

    environment: str
    last_sync: LastSync
    last_verdict: str | None
    """The verdict of the last import."""
    last_complete: str | None
    """When an import was last complete, UTC text."""
    health: "Health"
    watermark: "datetime | None"
    accepted_total: "AcceptedTotal | None"
    times_ahead: Sequence[str]
    """The names of times in the store that lie in the future."""
    counts: "StoreCounts"
    to_ship: "Mapping[Due, int]"
    """How many units the seller has to ship, by when; groups without any are left out."""
    unfinished_actions: Mapping[str, int]
    """How many actions at Kaufland are planned, being sent or in doubt; states without any are left out."""
    failed: "Sequence[FailedUnit]"
    last_reconciliation: "Reconciled | None"
    auto_import_orders: bool
    interval_minutes: int
    schedule: "ScheduleSummary"
    retry_after: "datetime | None"
    """Until when Kaufland asked us to back off."""
    next_due: "datetime | None"
    """None without auto import."""
    create_sales_orders: bool
    sales_orders: Mapping[str, int]
    """How many there are in each state that any is in."""
    first_sales_order_confirmed: bool
    confirm_first_sales_order: bool
    log_api_requests: bool
    log: "LogSize"
    store: Path
    store_damage: str | None
    store_checked_at: str | None
    """When all of it was last checked, UTC text."""
    client_key: str
    """Masked."""
    base_url: str
    running: "Holder | None"
    """The import that is running."""
    was_stopped: bool
    """Whether the import that began last has not ended: it runs, or it was stopped early."""
    environments: Sequence[OtherStore]

    @property
    def failing(self) -> bool:
        """Whether the last import failed, or imports are old or fail."""
        return self.last_sync.status == "red" or self.health.is_bad
