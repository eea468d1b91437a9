"""`kaufland setup` from start to end: with questions or with options alone, then what it offers once that is saved."""

from kaufland_cli.app.bare_environment import secret_in_bare_environment
from kaufland_cli.app.context import Context
from kaufland_cli.app.results import TargetChecks
from kaufland_cli.app.schedule_offer import offer_schedule, why_no_schedule
from kaufland_cli.app.secret import read_secret, secret_source
from kaufland_cli.app.setup.business_central import blocking_error, check_business_central
from kaufland_cli.app.setup.draft import SetupDraft, SetupOptions
from kaufland_cli.app.setup.summary import held_orders
from kaufland_cli.app.stores import open_store
from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import ExitCode, Interrupted, KauflandError, SecretSourceFailed, SettingsError, WrongUsage
from kaufland_cli.secrets import SecretKind, fetch_secret_key
from kaufland_cli.settings.edit import change_settings
from kaufland_cli.settings.rules import ALL_COUNTRIES


def set_up(context: Context, options: SetupOptions, *, ask: bool) -> int:
    """Set up the program, with questions (`ask`) or from the options alone; return the exit code."""
    draft = SetupDraft(context, options)
    try:
        if ask:
            from kaufland_cli.app.setup.wizard import Wizard

            confirmed = Wizard(context, draft).ask()
        else:
            confirmed = _apply_options(context, draft, options)
    except KeyboardInterrupt:
        raise Interrupted("Stopped. Nothing was saved.", hint=context.again()) from None
    if not confirmed:
        context.output.note("Nothing was saved.")
        return draft.report.error.exit_code if draft.report.error else ExitCode.DONE
    said = draft.write()
    context.output.success(f"Settings saved: {draft.loaded().locations.config_file}")
    for text in said:
        context.output.note(text)
    return show_next_steps(context, draft, ask=ask)


def _apply_options(context: Context, draft: SetupDraft, options: SetupOptions) -> bool:
    """Apply the options to the current settings and test the result; return whether to save it."""
    from_stdin = {
        SecretKind.SELLER: options.secret_stdin,
        SecretKind.BUSINESS_CENTRAL: options.business_central_secret_stdin,
    }
    store_source = draft.loaded().origins["secret.store"].source
    if not options.secret_stdin and store_source == "default" and context.environ.get(SecretKind.SELLER.variable):
        draft.answers["secret.store"] = "env"
    for kind, wanted in from_stdin.items():
        source = draft.secret_source(kind)
        if wanted:
            if not source.writable:
                option = "--secret-stdin" if kind is SecretKind.SELLER else "--business-central-secret-stdin"
                raise WrongUsage(
                    f"{option} needs a place where kaufland can save the {kind.words}; {source.name} is read only.",
                    hint=Hint(context.again("--secret-store", "file", option), ToCopy(" < secret.txt")),
                )
            draft.new_secrets[kind] = read_secret(context, kind, from_stdin=True)
        elif store_source == "option" and source.writable and (found := draft.present_secret(kind)):
            draft.new_secrets[kind] = found.secret  # moves to its new place
    if draft.new_secrets or draft.loaded().origins["secret.store"].source == "default":
        _probe(context, draft)
    if not draft.test(context.output).success:
        return False
    _test_business_central(context, draft)
    if not draft.accepted and draft.other_client_key():
        context.output.warning(
            Hint(
                "The orders stored so far came with another client key. If it is the same seller account: ",
                command("import-orders", "--accept-client-key"),
            )
        )
    return True


def _probe(context: Context, draft: SetupDraft) -> None:
    """Check the place of the secret key; if nobody chose the keyring and it fails, name the places that work here."""
    try:
        draft.secret_source().probe()
    except SecretSourceFailed as error:
        if draft.loaded().origins["secret.store"].source == "default":
            from kaufland_cli.app.setup.secret_places import best_place, secret_places

            places = [one for one in secret_places(context, draft.loaded()) if one.for_jobs]
            works = "; ".join(f"{one.name} ({one.words})" for one in places)
            again = context.again("--secret-store", best_place(places), "--secret-stdin")
            error.message += f" What works here: {works}."
            error.hint = Hint(again, ToCopy(" < secret.txt"))
        raise


def _test_business_central(context: Context, draft: SetupDraft) -> None:
    """Test Business Central and show the checks. Raises the error that blocks all orders, if any."""
    checks = check_business_central(context, draft)
    if not context.as_json:  # JSON output is one document, that of the connection
        if checks:
            context.output.show_result(TargetChecks(checks))
    else:
        for one in checks:
            if one.state == "warning":
                context.output.warning(Hint(f"{one.what}: {one.message} ", one.hint))
    if error := blocking_error(checks, draft.settings):
        error.message += " Nothing was saved."
        raise error


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
