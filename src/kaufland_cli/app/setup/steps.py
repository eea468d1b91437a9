"""What `kaufland setup` does with options alone, and what it says at the end either way."""

from kaufland_cli.app.bare_environment import secret_in_bare_environment
from kaufland_cli.app.context import Context
from kaufland_cli.app.schedule_offer import offer_schedule
from kaufland_cli.app.secret import read_secret, secret_source
from kaufland_cli.app.setup.business_central import decisive_error, tried_out
from kaufland_cli.app.setup.draft import SetupDraft, SetupOptions
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, Interrupted, SettingsError, WrongUsage
from kaufland_cli.secrets import SecretKind, fetch_secret_key


def set_up(context: Context, options: SetupOptions, *, ask: bool) -> int:
    """Set up the program: with questions, or by the options alone; return the exit code."""
    draft = SetupDraft(context, options)
    try:
        if ask:
            from kaufland_cli.app.setup.wizard import Wizard

            confirmed = Wizard(context, draft).ask()
        else:
            confirmed = _take_options(context, draft, options)
    except KeyboardInterrupt:
        raise Interrupted("Stopped. Nothing was written.", hint=command("setup")) from None
    if not confirmed:
        context.output.note("Nothing was written.")
        return draft.report.error.exit_code if draft.report.error else ExitCode.DONE
    said = draft.write()
    context.output.success(f"Settings written: {draft.loaded().locations.config_file}")
    for text in said:
        context.output.note(text)
    _say_next(context, draft)
    return ExitCode.DONE


def _take_options(context: Context, draft: SetupDraft, options: SetupOptions) -> bool:
    """Take the options and what is set already, and test them; tell whether they may be written."""
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
                    hint=Hint(command("setup", "--no-input", "--secret-store", "file", option), " < secret.txt"),
                )
            draft.new_secrets[kind] = read_secret(context, kind, from_stdin=True)
        elif store_source == "option" and source.writable and (found := draft.present_secret(kind)):
            draft.new_secrets[kind] = found.secret  # moves along to its new place
    if draft.new_secrets:
        draft.secret_source().probe()
    if not draft.test(context.output):
        return False
    _try_out_business_central(context, draft)
    if not draft.accepted and draft.other_client_key():
        context.output.warning(
            "The orders stored so far came with another client key. If it is the same seller account: "
            f"{context.typed(command('import-orders', '--accept-client-key'))}"
        )
    return True


def _try_out_business_central(context: Context, draft: SetupDraft) -> None:
    """Try it out and show the checks. Raises what keeps every order from being created."""
    checks = tried_out(context, draft)
    if not context.as_json:  # the one document of the JSON output is that of the connection
        if checks:
            context.output.show_result("sales_order_check", {"checks": [one.record(context.chosen) for one in checks]})
    else:
        for one in checks:
            if one.state == "warning":
                context.output.warning(f"{one.what}: {one.message} {context.typed(one.hint)}")
    if error := decisive_error(checks, draft.settings):
        error.message += " Nothing was written."
        raise error


def _say_next(context: Context, draft: SetupDraft) -> None:
    """Say what to do now."""
    output, loaded = context.output, context.load()
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
            output.warning(f"{error.message} {context.typed(error.hint)}")
    output.note(f"Next: {context.typed(command('import-orders'))}")
    if settings.creates_any_sales_orders:
        output.note(f"Then: {context.typed(command('sales-orders', 'check'))}")
        output.note(
            f"Then: {context.typed(command('sales-orders', 'push', '--confirm-first'))}. Sales orders are created by "
            "schedule only after you have confirmed the first one."
        )
        output.note(
            "For orders from before you switched this on, name one:\n"
            f"  {context.typed(command('sales-orders', 'push', 'ORDER', '--confirm-first'))}"
        )
    context.__dict__.pop("loaded", None)  # what was read before setup wrote
    if loaded.settings.order_import.auto_import_orders and (lost := secret_in_bare_environment(context, loaded)):
        output.warning(f"A job would not find the secret key: {lost.message} {context.typed(lost.hint)}")
    offer_schedule(context)
