"""What `kaufland setup` does with options alone, and what it says at the end either way."""

import typer

from kaufland_cli.cli.bare_environment import secret_in_bare_environment
from kaufland_cli.cli.schedule_offer import offer_schedule
from kaufland_cli.cli.secret import read_secret
from kaufland_cli.cli.session import Session
from kaufland_cli.cli.setup_business_central import decisive_error, tried_out
from kaufland_cli.cli.setup_draft import SetupDraft, SetupWish
from kaufland_cli.errors import Interrupted, SettingsError, WrongUsage, command
from kaufland_cli.secret_key import Whose, fetch_secret_key


def set_up(session: Session, wish: SetupWish, *, ask: bool) -> None:
    """Set up the program: with questions, or by the options alone."""
    draft = SetupDraft(session, wish)
    try:
        if ask:
            from kaufland_cli.cli.setup_wizard import Wizard

            confirmed = Wizard(session, draft).ask()
        else:
            confirmed = _take_options(session, draft, wish)
    except KeyboardInterrupt:
        raise Interrupted("Stopped; nothing was written.", hint=session.command("setup")) from None
    if not confirmed:
        session.output.note("Nothing was written.")
        raise typer.Exit(draft.report.error.exit_code if draft.report.error else 0)
    said = draft.write()
    session.output.success(f"The settings are written: {draft.loaded().locations.config_file}")
    for text in said:
        session.output.note(text)
    _say_next(session, draft)


def _take_options(session: Session, draft: SetupDraft, wish: SetupWish) -> bool:
    """Take the options and what is set already, and test them; tell whether they may be written."""
    from_stdin = {Whose.SELLER: wish.secret_stdin, Whose.BUSINESS_CENTRAL: wish.business_central_secret_stdin}
    store_source = draft.loaded().origins["secret.store"].source
    if not wish.secret_stdin and store_source == "default" and session.environ.get(Whose.SELLER.variable):
        draft.answers["secret.store"] = "env"
    for whose, wanted in from_stdin.items():
        store = draft.store(whose)
        if wanted:
            if not store.writable:
                option = "--secret-stdin" if whose is Whose.SELLER else "--business-central-secret-stdin"
                raise WrongUsage(
                    f"{option} needs a store that keeps the {whose.words}; {store.name} only reads it.",
                    hint=f"{command('setup', '--no-input', '--secret-store', 'file', option)} < secret.txt",
                )
            draft.new_secrets[whose] = read_secret(session, whose, from_stdin=True)
        elif store_source == "option" and store.writable and (found := draft.present_secret(whose)):
            draft.new_secrets[whose] = found.secret  # moves along to its new place
    if draft.new_secrets:
        draft.store().probe()
    if not draft.test(session.output):
        return False
    _try_out_business_central(session, draft)
    if not draft.accepted and draft.other_client_key():
        session.output.warning(
            "The orders stored so far came with another client key. If it is the same seller account: "
            f"{session.command('import-orders')} --accept-client-key"
        )
    return True


def _try_out_business_central(session: Session, draft: SetupDraft) -> None:
    """Try it out and show the checks. Raises what keeps every order from being created."""
    checks = tried_out(session, draft)
    if not session.as_json:  # the one document of the JSON output is that of the connection
        if checks:
            session.output.checks([one.record() for one in checks])
    else:
        for one in checks:
            if one.state == "warning":
                session.output.warning(f"{one.what}: {one.message} {one.hint}")
    if error := decisive_error(checks, draft.settings):
        error.message += " Nothing was written."
        raise error


def _say_next(session: Session, draft: SetupDraft) -> None:
    """Say what to do now."""
    output, loaded = session.output, session.load()
    for warning in loaded.warnings:
        output.warning(warning)
    settings = loaded.settings
    for whose in draft.new_secrets:
        if session.environ.get(whose.variable):
            output.warning(f"{whose.variable} in the environment counts before {draft.store(whose).place}.")
    if settings.creates_any_sales_orders and settings.sales_orders.target == "business_central":
        try:
            whose = Whose.BUSINESS_CENTRAL
            fetch_secret_key(session.secret_store(loaded=loaded, whose=whose), session.environ, whose)
        except SettingsError as error:
            output.warning(f"{error.message} {error.hint}")
    output.note(f"Next: {session.command('import-orders')}")
    if settings.creates_any_sales_orders:
        output.note(f"Then: {session.command('sales-orders check')}")
        output.note(
            f"Then: {session.command('sales-orders push --confirm-first')}. Sales orders are created by schedule only "
            "after you have confirmed the first one."
        )
        output.note(
            "Orders from before the moment of switching on are begun by naming one:\n"
            f"  {session.command('sales-orders push ORDER --confirm-first')}"
        )
    session.__dict__.pop("loaded", None)  # what was read before setup wrote
    if loaded.settings.order_import.auto_import_orders and (lost := secret_in_bare_environment(session, loaded)):
        output.warning(f"A job would not find the secret key: {lost.message} {lost.hint}")
    offer_schedule(session)
