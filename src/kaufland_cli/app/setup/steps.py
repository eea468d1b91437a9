"""`kaufland setup` from start to end: with questions, or with options alone."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.results import TargetChecks
from kaufland_cli.app.secret import read_secret
from kaufland_cli.app.setup.business_central import blocking_error, check_business_central
from kaufland_cli.app.setup.draft import SetupDraft, SetupOptions
from kaufland_cli.app.setup.next_steps import show_next_steps
from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.errors import ExitCode, Interrupted, SecretSourceFailed, WrongUsage
from kaufland_cli.secrets import SecretKind


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
