"""The secrets of this call: where they are kept, how they are fetched, saved and deleted, and whose they are.

See docs/decisions/0006-secret-sources.md.
"""

import os
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.errors import SecretMissing, SecretSourceFailed, SettingsError

if TYPE_CHECKING:
    from kaufland_cli.secrets import FoundSecret, SecretKey, SecretKind, SecretSource
    from kaufland_cli.settings import LoadedSettings, Settings


MAX_LINE = 1_000  # far longer than a secret key; an endless line must not fill the memory


def read_secret(context: Context, kind: "SecretKind", *, from_stdin: bool) -> "SecretKey":
    """Read a secret from standard input, or ask for it without showing what is typed."""
    from kaufland_cli.secrets import SecretKey

    if from_stdin and not context.streams.stdin.isatty():  # on a terminal it would be seen while it is typed
        hint = Hint(ToCopy("pass show kaufland | "), kind.set_from("--secret-stdin"))
        line = context.streams.stdin.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            del line
            raise SecretSourceFailed(f"No {kind.words} on standard input: the first line is far too long.", hint=hint)
        return SecretKey(line, place="standard input", hint=hint, kind=kind)
    asked = context.questions(Hint(ToCopy("pass show kaufland | "), context.again("--secret-stdin")))
    return asked.hidden(f"{kind.words.capitalize()} (not shown)", partial(SecretKey, kind=kind))


def need_account(context: Context, kind: "SecretKind") -> None:
    """Raise `SettingsError` if the account (the client key) of a secret is not set."""
    if account_of(context.settings, kind):
        return
    match kind.value:
        case "seller":
            raise SettingsError("No client key is set (api.client_key), and every secret key belongs to one.")
        case "partner":
            name = "api.partner_client_key"
        case "mail":
            name = "monitoring.smtp_user"
        case _:
            basic = context.settings.business_central.authentication == "basic"
            name = f"business_central.{'user_name' if basic else 'client_id'}"
    raise SettingsError(
        f"The {kind.account} is not set ({name}), and every {kind.words} belongs to one.",
        hint=command("config", "set", name, "VALUE"),
    )


def account_of(settings: "Settings", kind: "SecretKind") -> str:
    """Return the account of a secret: the client key, the client id or the user name."""
    match kind.value:
        case "seller":
            return settings.api.client_key
        case "partner":
            return settings.api.partner_client_key
        case "mail":
            return settings.monitoring.smtp_user
        case _:
            return settings.business_central.account


def secret_source(
    context: Context,
    name: str | None = None,
    *,
    loaded: "LoadedSettings | None" = None,
    kind: "SecretKind | None" = None,
    may_ask: bool = True,
) -> "SecretSource":
    """Return the secret source of the settings, or the one called `name`; `kind` is by default the seller's secret key.

    Without `may_ask`, or without a terminal, nobody is asked to unlock a keyring.
    """
    from kaufland_cli.secrets import SecretKind, open_secret_source

    found, kind = loaded or context.loaded, kind or SecretKind.SELLER
    person = may_ask and context.streams.stdin.isatty() and context.streams.stderr.isatty()
    settings = found.settings
    commands = {
        SecretKind.BUSINESS_CENTRAL: settings.secret.business_central_command,
        SecretKind.MAIL: settings.secret.mail_command,
    }
    return open_secret_source(
        name or settings.secret.store,
        account=account_of(settings, kind),
        environ=context.environ,
        file=found.secret_file,
        command=commands.get(kind, settings.secret.command),
        # A person may have to type the keyring's password; in a job nobody can.
        time_limit=60.0 if person else 10.0,
        may_ask=person,
        reach_bus=partial(reach_session_bus, context.environ),
        kind=kind,
    )


def find_secret(context: Context, kind: "SecretKind | None" = None) -> "FoundSecret":
    """Fetch a secret, by default the seller's secret key.

    Raises `SecretMissing`, `SecretSourceFailed`, or `SettingsError` where its account is not set.
    """
    from kaufland_cli.secrets import SecretKind, fetch_secret_key

    kind = kind or SecretKind.SELLER
    if not context.environ.get(kind.variable):
        need_account(context, kind)
    return fetch_secret_key(secret_source(context, kind=kind), context.environ, kind)


def api_secrets(context: Context) -> "tuple[SecretKey, SecretKey | None]":
    """Fetch the seller's secret key and the partner's, if there is a partner.

    A secret key of another length than Kaufland's is named before anything is sent. Raises a `SettingsError` where the
    client key or a secret key is missing.
    """
    if not context.settings.api.client_key:
        raise SettingsError("No client key is set (api.client_key).")
    from kaufland_cli.secrets import SecretKind, length_warning

    partner = find_secret(context, SecretKind.PARTNER).secret if context.settings.api.partner_client_key else None
    found = find_secret(context)
    if (warning := length_warning(found.secret)) and not context.as_json:
        context.output.warning(f"{found.source}: {warning}")
    return found.secret, partner


def reach_session_bus(environ: Mapping[str, str]) -> str:
    """Set the address of this user's session bus where the libraries look; return why there is none, or an empty text.

    Without a bus an address is set too: otherwise one of the libraries would start a bus (`dbus-launch`).
    """
    if sys.platform != "linux":
        return ""
    from kaufland_cli.secrets.session_bus import VARIABLE, find_session_bus

    found = find_session_bus(environ, os.geteuid())
    os.environ[VARIABLE] = found.address
    return found.missing


def save_secret(context: Context, kind: "SecretKind", *, from_stdin: bool) -> None:
    """Read a secret and save it where the settings say; a person confirms one of an unusual length."""
    from kaufland_cli.secrets import length_warning

    need_account(context, kind)
    source = secret_source(context, kind=kind).for_writing()
    secret = read_secret(context, kind, from_stdin=from_stdin)
    warning = length_warning(secret, kind)
    if warning and context.has_terminal:
        context.output.warning(warning)
        if not context.questions(context.again("--secret-stdin")).yes_no("Save it anyway?", default=False):
            context.output.note("Nothing was changed.")
            return
        warning = None  # has been said
    source.save(secret)
    context.output.success(f"Saved the {kind.words}: *** in {source.place} ({secret.fingerprint or 'short'}).")
    if warning:
        context.output.warning(warning)
    if context.environ.get(kind.variable):
        context.output.warning(f"{kind.variable} in the environment takes precedence.")


def delete_secret(context: Context, kind: "SecretKind", *, yes: bool) -> None:
    """Delete a secret from where the settings say it is, after asking; no question is asked if there is none."""
    source = secret_source(context, kind=kind).for_writing()
    if not yes:
        try:
            source.fetch()
        except SecretMissing:
            context.output.note(f"No {kind.words} was found in {source.place}.")
            return
        except SecretSourceFailed:
            pass  # what cannot be read may still be deleted
        question = f"Delete the {kind.words} from {source.place}?"
        if not context.questions(context.again("--yes")).yes_no(question, default=False):
            context.output.note("Nothing was deleted.")
            return
    if source.delete():
        context.output.success(f"Deleted the {kind.words} from {source.place}.")
    else:
        context.output.note(f"No {kind.words} was found in {source.place}.")
