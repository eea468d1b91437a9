"""Fetches one order again from Kaufland and stores it."""

from kaufland_cli.clock import Clock
from kaufland_cli.errors import KauflandError, NotFound, RequestRefused
from kaufland_cli.order_import.details import keep_details
from kaufland_cli.order_import.run_record import results_of
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.page_writer import SEQ_STRIDE
from kaufland_cli.store.request_log import RequestLogWriter
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import REFRESH


def refresh_order(
    api: SellerApi, store: Store, clock: Clock, id_order: str, log: RequestLogWriter | None = None
) -> None:
    """Fetch one order from Kaufland and store it; the caller must hold the run lock. Raises `NotFound`."""
    store.run_tally.begin()
    started = clock.monotonic()
    run_id = store.sync.start_run(REFRESH, clock.now(), None)
    if log is not None:
        log.run_id = run_id
    verdict, message = "error", "interrupted"
    try:
        details, request_seq = api.order_details(id_order)
        keep_details(store, details, request_seq=run_id * SEQ_STRIDE + request_seq, run_id=run_id, now=clock.now())
        verdict, message = "success", f"order {id_order} was fetched again"
    except RequestRefused as refused:
        message = refused.message
        if refused.status_code == 404:  # noqa: PLR2004 - HTTP's not found
            raise NotFound(f"Kaufland has no order {id_order} for this account.") from refused
        raise
    except KauflandError as error:
        message = error.message
        raise
    finally:
        results = results_of(api, store, clock, started=started, verdict=verdict, message=message)
        store.sync.finish_run(run_id, clock.now(), results, None)
