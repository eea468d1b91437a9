"""The API log of this call: what is written to it, for how long it is kept."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.stores import open_store
from kaufland_cli.errors import KauflandError, StoreDamaged, StoreUnusable

if TYPE_CHECKING:
    from kaufland_cli.store.request_log import RequestLogWriter
    from kaufland_cli.store.store import Store


def log_writer(context: Context, store: "Store") -> "RequestLogWriter":
    """Return the API log as the settings want it."""
    from kaufland_cli.store.request_log import RequestLogWriter

    debug = context.settings.debug
    return RequestLogWriter(
        store.database,
        everything=debug.log_api_requests,
        personal_data=debug.log_personal_data,
        days=debug.log_retention_days,
        megabytes=debug.log_max_megabytes,
    )


def prune_log(context: Context, store: "Store") -> None:
    """Keep the API log within its age and size; that this fails is no reason for anything else to fail."""
    from kaufland_cli.store.request_log import MAX_PRUNED_A_RUN

    debug = context.settings.debug
    try:
        store.request_log.prune(
            now=context.clock.now(),
            days=debug.log_retention_days,
            megabytes=debug.log_max_megabytes,
            most=MAX_PRUNED_A_RUN,
        )
    except KauflandError:
        return


@contextmanager
def log_of_calls(context: Context) -> Iterator["RequestLogWriter | None"]:
    """Give the API log for calls that need no store: none is created for them, and they go on without one."""
    with ExitStack() as stack:
        log = None
        try:
            log = log_writer(context, stack.enter_context(open_store(context, writing=True, creating=False)))
        except StoreDamaged:
            pass  # said at the end
        except StoreUnusable as error:
            context.output.warning(error.message)
        yield log
