"""The API log: what this call writes to it, how long entries are kept, and `kaufland log show / clear / prune`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from kaufland_cli.app.context import Context
from kaufland_cli.app.stores import closed_after, open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.numbers import counted_in
from kaufland_cli.domain.orders import MAX_INTEGER
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import KauflandError, NotFound, StoreDamaged, StoreFull, StoreUnusable

if TYPE_CHECKING:
    from kaufland_cli.settings import LoadedSettings
    from kaufland_cli.store.request_log import LogEntry, LogFilter, LoggedCall, RequestLogQueries, RequestLogWriter
    from kaufland_cli.store.store import Store

Result = TypeVar("Result")


def log_writer(context: Context, store: "Store") -> "RequestLogWriter":
    """Return a writer that logs what the settings say."""
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
    """Delete entries beyond the age and size of the settings, a limited number per run; an error is ignored."""
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
def log_of_calls(
    context: Context, loaded: "LoadedSettings | None" = None, *, warn: bool = True
) -> Iterator["RequestLogWriter | None"]:
    """Give the API log for calls that need no store themselves; they go on without a log if the store is unusable.

    With `debug.log_api_requests` a store is created for it, so that also the first call is logged; otherwise none is.
    `loaded` are settings that are not in force yet. `warn`: say here that the store is unusable.
    """
    if loaded is not None:
        context = context.copy()
        context.__dict__["loaded"] = loaded
    with ExitStack() as stack:
        log = None
        try:
            everything = context.settings.debug.log_api_requests
            log = log_writer(context, stack.enter_context(open_store(context, writing=True, creating=everything)))
        except StoreDamaged:
            pass  # said at the end
        except StoreUnusable as error:
            if warn:
                context.output.warning(error.message)
        yield log


def logged_call(context: Context, number: int) -> "LoggedCall":
    """Return one entry with headers and bodies. Raises `NotFound`."""
    with open_store(context) as store:
        found = store.request_log.entry(number) if abs(number) <= MAX_INTEGER else None
    if found is None:
        raise NotFound(f"There is no log entry {number}.", hint=command("log", "show"))
    return found


@contextmanager
def log_entries(context: Context, search: "LogFilter", since: str | None) -> Iterator[Iterator["LogEntry"]]:
    """Yield the entries that match, newest first, to be read while the store is open; `since` is as typed."""
    search = since_as_typed(context, search, since)
    with open_store(context) as store, closed_after(store.request_log.entries(search)) as entries:
        yield entries


def since_as_typed(context: Context, search: "LogFilter", since: str | None) -> "LogFilter":
    """Return the filter with the time that a person typed. Raises `WrongUsage`."""
    from kaufland_cli.domain.moments import as_text

    if since is None:
        return search
    begin = moment(since, "--since", context.clock.now(), context.settings.ui.timezone)
    return replace(search, since=as_text(begin))


def clear_log(context: Context, *, yes: bool) -> None:
    """Delete all entries, after asking; works on a full disk."""
    entries = _or_with_reserve(context, lambda: _entries(context))
    if entries and not yes:
        questions = context.questions(context.again("--yes"))
        if not questions.yes_no(
            f"Delete {counted_in(context.forms.numbers, entries, 'entry', 'entries')} of the API log?", default=False
        ):
            context.output.note("Nothing was deleted.")
            return
    deleted = _shorten(context, lambda log: log.clear())
    context.output.success(f"{counted_in(context.forms.numbers, deleted, 'entry', 'entries')} deleted.")


def prune_whole_log(context: Context) -> None:
    """Delete what is older or larger than the settings allow, however much it is; works on a full disk."""
    debug = context.settings.debug
    deleted = _shorten(
        context,
        lambda log: log.prune(
            now=context.clock.now(), days=debug.log_retention_days, megabytes=debug.log_max_megabytes
        ),
    )
    context.output.success(
        f"{counted_in(context.forms.numbers, deleted, 'entry', 'entries')} deleted; the log keeps "
        f"{counted(debug.log_retention_days, 'day')} and {debug.log_max_megabytes} MB."
    )


def _shorten(context: Context, shorten: Callable[["RequestLogQueries"], int]) -> int:
    """Delete entries and return their room to the disk; return how many were deleted."""
    deleted = 0

    def attempt() -> None:
        nonlocal deleted
        with open_store(context, writing=True, creating=False) as store:
            before = store.request_log.size().entries
            try:
                shorten(store.request_log)
            finally:
                deleted += before - store.request_log.size().entries
            with suppress(StoreUnusable):  # the entries are gone, and the next import returns the rest
                store.growth.return_pages()

    _or_with_reserve(context, attempt)
    return deleted


def _entries(context: Context) -> int:
    with open_store(context) as store:
        return store.request_log.size().entries


def _or_with_reserve(context: Context, work: Callable[[], Result]) -> Result:
    """Do the work; if the disk is full, give up the reserve and do it again with that room."""
    from kaufland_cli.store.disk_room import give_up_reserve

    try:
        return work()
    except StoreFull:
        if not give_up_reserve(context.loaded.store_file):
            raise
        return work()
