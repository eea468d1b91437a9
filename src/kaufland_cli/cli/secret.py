"""`kaufland secret set / status / delete`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.cli.groups import group
from kaufland_cli.cli.options import AsJson, Yes
from kaufland_cli.cli.session import Session, account_of, session_of
from kaufland_cli.errors import SecretStoreFailed, SettingsError, WrongUsage, command

if TYPE_CHECKING:
    from kaufland_cli.secret_key import SecretKey, Whose

LONGEST_LINE = 1_000  # far more than a secret key has; an endless line must not fill the memory

app = group("Keep the secret key, without ever showing it.")

Partner = Annotated[bool, typer.Option("--partner", help="The technology partner's secret key, not the seller's.")]
BusinessCentral = Annotated[bool, typer.Option("--business-central", help="The secret of Business Central.")]
Mail = Annotated[bool, typer.Option("--mail", help="The password of the mail server (monitoring.smtp_user).")]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="Read the secret key from standard input.")]


@app.command("set")
def set_secret(
    context: typer.Context,
    secret_stdin: SecretStdin = False,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
) -> None:
    """Keep the secret key where the settings say.

    Asks for it, hidden.

    Example: kaufland secret set

    In a script: pass show kaufland | kaufland secret set --secret-stdin
    """
    from kaufland_cli.secret_key import SecretKey, length_warning

    session = session_of(context)
    whose = _whose(partner=partner, business_central=business_central, mail=mail)
    _need_account(session, whose)
    store = session.secret_store(whose=whose)
    if not store.writable:
        store.save(SecretKey("unused"))  # refuses, and says where the secret key lies instead
    secret = read_secret(session, whose, from_stdin=secret_stdin)
    warning = length_warning(secret, whose)
    if warning and session.has_terminal:
        session.output.warning(warning)
        if not session.questions("kaufland secret set --secret-stdin").yes_no("Keep it all the same?", default=False):
            session.output.note("Nothing was changed.")
            return
        warning = None  # has been said
    store.save(secret)
    session.output.success(f"The {whose.words} is kept: *** in {store.place} ({secret.fingerprint or 'short'}).")
    hidden = f"{whose.variable} in the environment counts before it." if session.environ.get(whose.variable) else None
    for text in (warning, hidden):
        if text:
            session.output.warning(text)


@app.command("status")
def status(
    context: typer.Context,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
    as_json: AsJson = False,
) -> None:
    """Tell where the secret key is kept.

    And whether it can be fetched, without showing a character of it.

    Example: kaufland secret status
    """
    session = session_of(context)
    session.choose_format(as_json=as_json)
    whose = _whose(partner=partner, business_central=business_central, mail=mail)
    _need_account(session, whose)
    found = session.secret(whose)
    if as_json:
        session.output.document(
            {
                "store": session.settings.secret.store,
                "source": found.source,
                "fingerprint": found.secret.fingerprint,
                "length": found.secret.length,
            },
            schema="kaufland.secret/1",
        )
    else:
        mark = found.secret.fingerprint or "too short for a fingerprint"
        session.output.line(f"*** from {found.source}, {found.secret.length} characters, {mark}")


@app.command("delete")
def delete(
    context: typer.Context,
    yes: Yes = False,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
) -> None:
    """Delete the secret key; asks first.

    From the store that the settings name; the seller portal keeps its own.

    Example: kaufland secret delete --yes
    """
    session = session_of(context)
    whose = _whose(partner=partner, business_central=business_central, mail=mail)
    store = session.secret_store(whose=whose)
    if not yes and not session.questions("kaufland secret delete --yes").yes_no(
        f"Delete the {whose.words} from {store.place}?", default=False
    ):
        session.output.note("Nothing was deleted.")
        return
    if store.delete():
        session.output.success(f"The {whose.words} is deleted from {store.place}.")
    else:
        session.output.note(f"There was no {whose.words} in {store.place}.")


def read_secret(session: Session, whose: "Whose", *, from_stdin: bool) -> "SecretKey":
    """Read a secret from standard input, or ask for it without showing what is typed."""
    from kaufland_cli.secret_key import SecretKey

    if from_stdin and not session.stdin.isatty():  # on a terminal it would be seen while it is typed
        hint = f"pass show kaufland | {whose.set_command} --secret-stdin"
        line = session.stdin.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            del line
            raise SecretStoreFailed(f"No {whose.words} in standard input: its first line is far too long.", hint=hint)
        return SecretKey(line, place="standard input", hint=hint, whose=whose)
    asked = session.questions("Use --secret-stdin and write the secret key to standard input.")
    return asked.hidden(f"{whose.words.capitalize()} (not shown)", partial(SecretKey, whose=whose))


def _whose(*, partner: bool, business_central: bool, mail: bool) -> "Whose":
    """Return whose secret the options mean. Raises `WrongUsage` for more than one."""
    from kaufland_cli.secret_key import Whose

    chosen = [
        whose
        for whose, wanted in ((Whose.PARTNER, partner), (Whose.BUSINESS_CENTRAL, business_central), (Whose.MAIL, mail))
        if wanted
    ]
    if len(chosen) > 1:
        raise WrongUsage("--partner, --business-central and --mail exclude one another.", hint="Choose one of them.")
    return chosen[0] if chosen else Whose.SELLER


def _need_account(session: Session, whose: "Whose") -> None:
    """Make sure that there is the account (the client key) to which a secret belongs."""
    if account_of(session.settings, whose):
        return
    match whose.value:
        case "seller":
            name = "api.client_key"
        case "partner":
            name = "api.partner_client_key"
        case "mail":
            name = "monitoring.smtp_user"
            raise SettingsError(
                f"Whose password it is, is not set ({name}).", hint=command("config", "set", name, "VALUE")
            )
        case _:
            basic = session.settings.business_central.authentication == "basic"
            name = f"business_central.{'user_name' if basic else 'client_id'}"
            raise SettingsError(
                f"Whose secret it is, is not set ({name}).", hint=command("config", "set", name, "VALUE")
            )
    raise SettingsError(f"No client key is set ({name}), and a secret key belongs to one.")
