"""What `kaufland setup` does with options alone, and what it says at the end either way."""

import typer

from kaufland_cli.cli.schedule import schedule_notes, schedule_warning
from kaufland_cli.cli.secret import read_secret
from kaufland_cli.cli.session import Session
from kaufland_cli.cli.setup_draft import SetupDraft, SetupWish
from kaufland_cli.errors import Interrupted, WrongUsage
from kaufland_cli.secret_key import Whose


def set_up(session: Session, wish: SetupWish, *, ask: bool) -> None:
    """Set up the program: with questions, or by the options alone."""
    draft = SetupDraft(session, wish)
    try:
        if ask:
            from kaufland_cli.cli.setup_wizard import Wizard

            confirmed = Wizard(session, draft).ask()
        else:
            confirmed = _take_options(session, draft, from_stdin=wish.secret_stdin)
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


def _take_options(session: Session, draft: SetupDraft, *, from_stdin: bool) -> bool:
    """Take the options and what is set already, and test them; tell whether they may be written."""
    if from_stdin:
        if not draft.store().writable:
            raise WrongUsage(
                f"--secret-stdin needs a store that keeps the secret key; {draft.store().name} only reads it.",
                hint="kaufland setup --no-input --secret-store file --secret-stdin < secret.txt",
            )
        draft.new_secret = read_secret(session, Whose.SELLER, from_stdin=True)
    elif draft.loaded().origins["secret.store"].source == "default" and session.environ.get("KAUFLAND_SECRET_KEY"):
        draft.answers["secret.store"] = "env"
    elif draft.loaded().origins["secret.store"].source == "option" and draft.store().writable:
        found = draft.present_secret()  # moves along to its new place
        draft.new_secret = found.secret if found else None
    if draft.new_secret is not None:
        draft.store().probe()
    if not draft.test(session.output):
        return False
    if not draft.accepted and draft.other_client_key():
        session.output.warning(
            "The orders stored so far came with another client key. If it is the same seller account: "
            f"{session.command('import-orders')} --accept-client-key"
        )
    return True


def _say_next(session: Session, draft: SetupDraft) -> None:
    """Say what to do now."""
    output, loaded = session.output, session.load()
    for warning in loaded.warnings:
        output.warning(warning)
    store = draft.store()
    if session.environ.get("KAUFLAND_SECRET_KEY") and store.name != "env":
        output.warning(f"KAUFLAND_SECRET_KEY in the environment counts before {store.place}.")
    output.note(f"Next: {session.command('import-orders')}")
    if loaded.settings.order_import.auto_import_orders:
        for note in schedule_notes(session, loaded, store.name):
            output.note(note)
        caution = schedule_warning(session, store.name)
        if caution:
            output.warning(caution)
