"""`kaufland secret set / status / delete`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.cli.groups import group
from kaufland_cli.cli.options import AsJson, Yes
from kaufland_cli.cli.session import Session, session_of
from kaufland_cli.errors import SecretStoreFailed, SettingsError

if TYPE_CHECKING:
    from kaufland_cli.secret_key import SecretKey

LONGEST_LINE = 1_000  # far more than a secret key has; an endless line must not fill the memory

app = group("Keep the secret key, without ever showing it.")

Partner = Annotated[bool, typer.Option("--partner", help="The technology partner's secret key, not the seller's.")]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="Read the secret key from standard input.")]


@app.command("set")
def set_secret(context: typer.Context, secret_stdin: SecretStdin = False, partner: Partner = False) -> None:
    """Keep the secret key where the settings say.

    Asks for it, hidden.

    Example: kaufland secret set

    In a script: pass show kaufland | kaufland secret set --secret-stdin
    """
    from kaufland_cli.secret_key import SecretKey, length_warning

    session = session_of(context)
    _need_client_key(session, partner=partner)
    store = session.secret_store(partner=partner)
    if not store.writable:
        store.save(SecretKey("unused"))  # refuses, and says where the secret key lies instead
    secret = read_secret(session, from_stdin=secret_stdin)
    warning = length_warning(secret)
    if warning and session.has_terminal:
        session.output.warning(warning)
        if not session.questions("kaufland secret set --secret-stdin").yes_no("Keep it all the same?", default=False):
            session.output.note("Nothing was changed.")
            return
        warning = None  # has been said
    store.save(secret)
    session.output.success(f"The secret key is kept: *** in {store.place} ({secret.fingerprint or 'short'}).")
    variable = "KAUFLAND_PARTNER_SECRET_KEY" if partner else "KAUFLAND_SECRET_KEY"
    hidden = f"{variable} in the environment counts before it." if session.environ.get(variable) else None
    for text in (warning, hidden):
        if text:
            session.output.warning(text)


@app.command("status")
def status(context: typer.Context, partner: Partner = False, as_json: AsJson = False) -> None:
    """Tell where the secret key is kept.

    And whether it can be fetched, without showing a character of it.

    Example: kaufland secret status
    """
    session = session_of(context)
    session.choose_format(as_json=as_json)
    _need_client_key(session, partner=partner)
    found = session.secret(partner=partner)
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
def delete(context: typer.Context, yes: Yes = False, partner: Partner = False) -> None:
    """Delete the secret key; asks first.

    From the store that the settings name; the seller portal keeps its own.

    Example: kaufland secret delete --yes
    """
    session = session_of(context)
    store = session.secret_store(partner=partner)
    if not yes and not session.questions("kaufland secret delete --yes").yes_no(
        f"Delete the secret key from {store.place}?", default=False
    ):
        session.output.note("Nothing was deleted.")
        return
    if store.delete():
        session.output.success(f"The secret key is deleted from {store.place}.")
    else:
        session.output.note(f"There was no secret key in {store.place}.")


def read_secret(session: Session, *, from_stdin: bool) -> "SecretKey":
    """Read the secret key from standard input, or ask for it without showing what is typed."""
    from kaufland_cli.secret_key import SecretKey

    if from_stdin and not session.stdin.isatty():  # on a terminal it would be seen while it is typed
        hint = "pass show kaufland | kaufland secret set --secret-stdin"
        line = session.stdin.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            del line
            raise SecretStoreFailed("No secret key in standard input: its first line is far too long.", hint=hint)
        return SecretKey(line, place="standard input", hint=hint)
    asked = session.questions("Use --secret-stdin and write the secret key to standard input.")
    return asked.hidden("Secret key (not shown)", SecretKey)


def _need_client_key(session: Session, *, partner: bool) -> None:
    """Make sure that there is the client key to which a secret key belongs."""
    api = session.settings.api
    if not (api.partner_client_key if partner else api.client_key):
        name = "api.partner_client_key" if partner else "api.client_key"
        raise SettingsError(f"No client key is set ({name}), and a secret key belongs to one.")
