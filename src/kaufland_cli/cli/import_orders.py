"""`kaufland import-orders`."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import typer

from kaufland_cli.cli.options import AcceptClientKey, AsJson, moment
from kaufland_cli.cli.session import Session, session_of
from kaufland_cli.errors import (
    CredentialsRefused,
    ExitCode,
    KauflandError,
    KauflandUnavailable,
    StoreUnusable,
    WrongUsage,
)

if TYPE_CHECKING:
    from kaufland_cli.order_import.plan import ImportWish
    from kaufland_cli.seller_api.endpoints import SellerApi

NO_SALES_ORDERS: dict[str, Any] = {"sales_orders": None, "sales_order_changes": []}


class Imported(NamedTuple):
    """What came of an import that was not broken off."""

    exit_code: int
    record: dict[str, Any]
    """As `--json` shows it."""
    complete: bool
    stopped_by: KauflandError | None
    """What stopped the push of sales orders after it."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import-orders")(import_orders)


def import_orders(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Read what changed since then: 30d, 12h, 2026-11-01 or 2026-11-01T08:30."),
    ] = None,
    storefront: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this storefront, for example at.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be read; store nothing.")] = False,
    scheduled: Annotated[
        bool,
        typer.Option("--scheduled", help="For cron: do nothing unless auto import is on and the interval has passed."),
    ] = False,
    all_profiles: Annotated[
        bool,
        typer.Option("--all-profiles", help="With --scheduled: for every seller account that is set up here."),
    ] = False,
    accept_client_key: AcceptClientKey = False,
    accept_total: Annotated[
        bool,
        typer.Option("--accept-total", help="Go on without units Kaufland never delivers."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import new and changed orders.

    Each page is stored as it comes, an import that was stopped is finished by the next one, and nothing comes twice.
    Nothing is changed at Kaufland. A run with --since or --storefront asks for less; the next one checks the rest.

    In a pipe or from cron it says nothing when all went well.

    Example: kaufland import-orders

    For cron: */15 * * * * kaufland import-orders --scheduled
    """
    session = session_of(context)
    session.choose_format(as_json=as_json)
    if accept_total and (scheduled or since or storefront or dry_run or all_profiles):
        raise WrongUsage(
            "--accept-total accepts what a whole import finds missing; it goes with no other choice of what to import.",
            hint=session.command("import-orders --accept-total"),
        )
    if all_profiles:
        from kaufland_cli.cli.all_profiles import import_all_profiles

        if not scheduled or since or storefront or dry_run or accept_client_key:
            raise WrongUsage(
                "--all-profiles goes with --scheduled and with no other choice of what to import.",
                hint="kaufland import-orders --scheduled --all-profiles",
            )
        raise typer.Exit(import_all_profiles(session))

    def attempt(on: Session) -> Imported:
        return run_import(on, wish_of(on, since, storefront), accept_client_key=accept_client_key)

    if scheduled and not dry_run:
        from kaufland_cli.cli.scheduled_import import scheduled_import

        raise typer.Exit(scheduled_import(session, attempt))
    session.show_warnings()
    if dry_run:
        raise typer.Exit(_preview(session, wish_of(session, since, storefront)))
    if accept_total:
        wish = replace(wish_of(session, None, None), accept_total=True)
        raise typer.Exit(run_import(session, wish, accept_client_key=accept_client_key).exit_code)
    raise typer.Exit(attempt(session).exit_code)


def wish_of(session: Session, since: str | None, storefront: str | None) -> "ImportWish":
    """Return what the settings and the person ask of an import. Raises `WrongUsage`."""
    from kaufland_cli.order_import.plan import ImportWish

    settings = session.settings
    return ImportWish(
        environment=settings.api.environment,
        initial_days=settings.order_import.initial_days,
        overlap_minutes=settings.order_import.overlap_minutes,
        since=None if since is None else begin_of(session, since),
        storefront=None if storefront is None else storefront_of(storefront),
    )


def begin_of(session: Session, since: str) -> datetime:
    """Return from when on is to be read: never the future, from which the next imports would go on."""
    now = session.clock.now()
    found = moment(since, "--since", now, session.settings.ui.timezone)
    if found > now:
        raise WrongUsage(f"--since {since!r} lies in the future.", hint="Example: --since 30d")
    return found


def storefront_of(code: str) -> str:
    """Return the code as Kaufland writes it. Raises `WrongUsage`."""
    found = code.strip().lower()
    if not (found.isascii() and found.isalpha()):
        raise WrongUsage(f"--storefront {code!r} is no code of a storefront.", hint="Example: --storefront at")
    return found


def run_import(session: Session, wish: "ImportWish", *, accept_client_key: bool = False) -> Imported:
    """Run one import under the run lock, and show what it came to."""
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.order_import.result import recorded_run
    from kaufland_cli.order_import.run import import_orders as run

    secrets = session.secrets()  # before anything is created
    holder = holder_now(session.pid, session.clock.now(), "kaufland import-orders")
    with ExitStack() as stack:
        stack.enter_context(run_lock(session.loaded.store_file, holder))
        store = stack.enter_context(session.store(writing=True))
        session.claim_store(store, accept=accept_client_key)
        log = session.log_writer(store)
        before = recorded_run(store, wish.environment)["run_id"]
        try:
            with session.seller_api(secrets, log) as api, session.output.progress() as listener:
                check_storefront(api, wish.storefront)
                result = run(api, store, session.clock, wish, log=log, listener=listener)
        except (KauflandUnavailable, CredentialsRefused, StoreUnusable):
            record = recorded_run(store, wish.environment)
            # The error itself follows; a person hears what was stored where anything was, a program always.
            if session.as_json or (session.stdout.isatty() and record["run_id"] != before and record["units_seen"]):
                session.output.import_summary({**record, **NO_SALES_ORDERS})
            raise
        finally:
            session.upkeep(store)
        record = {**result.record(), **NO_SALES_ORDERS}
        sales_orders = session.settings.creates_any_sales_orders or store.queries.any_sales_order()
        if not session.as_json:
            session.output.import_summary(record)
    # The run lock is free again: the next import need not wait until another system has answered.
    code, stopped_by = after_import(session, record) if sales_orders else (ExitCode.DONE, None)
    if session.as_json:
        session.output.import_summary(record)
    return Imported(result.exit_code or code, record, result.complete, stopped_by)


def after_import(session: Session, record: dict[str, Any]) -> tuple[int, KauflandError | None]:
    """See to the sales orders; what that came to stands in the record of the import too.

    Returns an exit code, and what stopped the push.
    """
    from kaufland_cli.cli.push_after_import import push_after_import

    with session.store(writing=True) as store:
        code, came_of_it, stopped_by = push_after_import(session, store)
    record |= came_of_it
    if record["sales_orders"] is not None and not session.as_json:
        session.output.push_summary(record["sales_orders"])
    return code, stopped_by


def check_storefront(api: "SellerApi", storefront: str | None) -> None:
    """Make sure that the account has the storefront that is asked for, as far as Kaufland tells."""
    from kaufland_cli.http.retry import RetryBudget

    if storefront is None:
        return
    try:
        found = api.storefronts(RetryBudget(attempts=1))
    except KauflandError:
        return  # the import itself says what is wrong
    if found is not None and storefront not in found:
        has = ", ".join(found) or "none"
        raise WrongUsage(
            f"The storefront {storefront!r} is not set up for this seller account; it has {has}.",
            hint="kaufland import-orders",
        )


def _preview(session: Session, wish: "ImportWish") -> int:
    from kaufland_cli.order_import.plan import preview_import
    from kaufland_cli.output.moments import moment_in_words

    with session.store() as store, session.seller_api(session.secrets()) as api:
        check_storefront(api, wish.storefront)
        result = preview_import(api, store, session.clock, wish)
    if session.as_json:
        session.output.import_summary({**result.record(), **NO_SALES_ORDERS})
    else:
        begin = moment_in_words(result.since, ZoneInfo(session.settings.ui.timezone))
        session.output.line(f"{wish.environment}: from {begin} on. {result.message}")
    return ExitCode.DONE
