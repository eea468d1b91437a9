"""What `kaufland setup` offers once the settings are saved, and its closing notes."""

from kaufland_cli.app.bare_environment import secret_in_bare_environment
from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_offer import offer_schedule, why_no_schedule
from kaufland_cli.app.secret import secret_source
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.app.setup.summary import held_orders
from kaufland_cli.app.stores import open_store
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import ExitCode, KauflandError, SettingsError
from kaufland_cli.secrets import SecretKind, fetch_secret_key
from kaufland_cli.settings.edit import change_settings
from kaufland_cli.settings.rules import ALL_COUNTRIES

_AUTO_IMPORT = "order_import.auto_import_orders"


def show_next_steps(context: Context, draft: SetupDraft, *, ask: bool) -> int:
    """Show warnings, offer the first import and the schedule, and say what to type next.

    Returns the exit code of what the person chose to do.
    """
    context.__dict__.pop("loaded", None)  # read before setup wrote the settings
    _warn(context, draft)
    imported, code = _offer_import(context, draft) if ask else (False, int(ExitCode.DONE))
    try:
        _offer_schedule(context, draft, ask=ask)
    except KauflandError as error:
        context.output.error(error, as_json=context.as_json)
        code = code or error.exit_code
    _close(context, draft, imported=imported, asked=ask)
    return code


def _warn(context: Context, draft: SetupDraft) -> None:
    output, loaded = context.output, context.loaded
    for warning in loaded.warnings:
        output.warning(warning)
    settings = loaded.settings
    for kind in draft.new_secrets:
        if context.environ.get(kind.variable):
            output.warning(
                f"{kind.variable} in the environment takes precedence over {draft.secret_source(kind).place}."
            )
    if settings.creates_any_sales_orders and settings.sales_orders.target == "business_central":
        try:
            kind = SecretKind.BUSINESS_CENTRAL
            fetch_secret_key(secret_source(context, loaded=loaded, kind=kind), context.environ, kind)
        except SettingsError as error:
            output.warning(Hint(f"{error.message} ", error.hint))
    if settings.order_import.auto_import_orders and (lost := secret_in_bare_environment(context, loaded)):
        output.warning(Hint(f"A job would not find the secret key: {lost.message} ", lost.hint))


def _offer_import(context: Context, draft: SetupDraft) -> tuple[bool, int]:
    """Offer the first import if there was none; return whether it ran, and the exit code."""
    try:
        if not draft.report.success or _has_imported(context):
            return False, ExitCode.DONE
        days = counted(context.settings.order_import.initial_days, "day")
        wanted = context.questions(command("import-orders")).yes_no(
            f"Import the orders of the last {days} now?", default=True
        )
        if not wanted:
            return False, ExitCode.DONE
        from kaufland_cli.app.import_orders import options_of, run_import

        done = run_import(context, options_of(context, None, None), accept_client_key=draft.accepted)
    except KauflandError as error:
        context.output.error(error, as_json=context.as_json)
        return False, error.exit_code
    return True, done.exit_code


def _has_imported(context: Context) -> bool:
    if not context.loaded.store_file.exists():
        return False
    with open_store(context) as store:
        return store.sync.last_run() is not None


def _offer_schedule(context: Context, draft: SetupDraft, *, ask: bool) -> None:
    """Offer what the settings require of the scheduler, or ask about auto import if that is undecided."""
    plan, decided = context.settings.order_import, _AUTO_IMPORT in draft.changes
    if plan.auto_import_orders or decided or not ask:
        offer_schedule(context, ask=ask)
        return
    if (why_not := why_no_schedule(context)) is not None:
        context.output.note(Hint(f"Imports cannot be scheduled here yet: {why_not.message} ", why_not.hint))
        return
    is_new = draft.before is None or not draft.before.settings.api.client_key
    install = command("schedule", "install")
    if not context.questions(install).yes_no(
        f"Import new orders every {counted(plan.interval_minutes, 'minute')} from now on?", default=is_new
    ):
        context.output_for_person.note(Hint("Later: ", install))
        return
    file = context.loaded.locations.config_file
    change_settings(file, {_AUTO_IMPORT: True}, environ=context.environ, now=context.clock.now())
    context.__dict__.pop("loaded", None)
    offer_schedule(context, agreed=True)


def _close(context: Context, draft: SetupDraft, *, imported: bool, asked: bool) -> None:
    """Say what to type next and, after a run without questions, which sales orders are held."""
    output, settings = context.output, context.settings
    if not draft.report.success:
        output.note(Hint("The connection is not tested yet. To test it: ", command("test-connection")))
    first = command("orders", "list") if imported else command("import-orders")
    output.note(Hint("Next: ", first))
    if not settings.creates_any_sales_orders:
        return
    if not asked:
        _say_held(context, draft)
    output.note(Hint("Then: ", command("sales-orders", "check")))
    if settings.sales_orders.confirm_first:
        output.note(
            Hint(
                "Then: ",
                command("sales-orders", "push", "--confirm-first"),
                ". Sales orders are created by schedule only after you have confirmed the first one.",
            )
        )
    output.note(
        Hint(
            "For orders from before you switched this on, name one:\n  ",
            command("sales-orders", "push", "ORDER", "--confirm-first"),
        )
    )


def _say_held(context: Context, draft: SetupDraft) -> None:
    """Show which orders are held, and how to use one customer everywhere and skip the first confirmation."""
    output, settings = context.output, context.settings
    for text in held_orders(settings, draft.report.storefronts or []):
        output.note(f"Held: {text}")
    number = settings.order_import.default_customer_no
    if number and settings.sales_orders.default_country != ALL_COUNTRIES:
        fix = command("config", "set", "sales_orders.default_country", ALL_COUNTRIES)
        output.note(Hint(f"To use customer {number} for all countries: ", fix))
    if settings.sales_orders.confirm_first:
        fix = command("config", "set", "sales_orders.confirm_first", "false")
        output.note(Hint("To create them without confirming the first: ", fix))
