"""What the store records when a run ends, whatever its kind and however it ends."""

from dataclasses import asdict
from typing import Any

from kaufland_cli.clock import Clock
from kaufland_cli.errors import KauflandBusy, KauflandError
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.store import Store


def results_of(
    api: SellerApi, store: Store, clock: Clock, *, started: float, verdict: str, message: str
) -> dict[str, Any]:
    """Return what is recorded of every run, with the store's column names; `started` is in monotonic seconds."""
    return {
        **asdict(store.run_tally.counts()),
        "verdict": verdict,
        "message": message,
        "requests": api.client.requests,
        "seconds": clock.monotonic() - started,
    }


def reason_of(error: BaseException) -> str:
    """Return in plain words why a run ended early."""
    if isinstance(error, KauflandError):
        return error.message
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "a bug in this program"


def remember_wait(store: Store, clock: Clock, error: BaseException) -> None:
    """Remember until when Kaufland asked us to back off, if it did: scheduled runs before then do nothing."""
    if isinstance(error, KauflandBusy) and error.retry_after is not None:
        store.sync.wait_until(error.retry_after, clock.now())
