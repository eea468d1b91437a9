"""A secret as it comes in: typed unseen, or from standard input; and the account that it belongs to."""

from functools import partial
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context, account_of
from kaufland_cli.errors import SecretSourceFailed, SettingsError, command

if TYPE_CHECKING:
    from kaufland_cli.secrets import SecretKey, SecretKind


MAX_LINE = 1_000  # far more than a secret key has; an endless line must not fill the memory


def read_secret(context: Context, kind: "SecretKind", *, from_stdin: bool) -> "SecretKey":
    """Read a secret from standard input, or ask for it without showing what is typed."""
    from kaufland_cli.secrets import SecretKey

    if from_stdin and not context.stdin.isatty():  # on a terminal it would be seen while it is typed
        hint = f"pass show kaufland | {kind.set_command} --secret-stdin"
        line = context.stdin.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            del line
            raise SecretSourceFailed(f"No {kind.words} on standard input: the first line is far too long.", hint=hint)
        return SecretKey(line, place="standard input", hint=hint, kind=kind)
    asked = context.questions("Use --secret-stdin and pass the secret key on standard input.")
    return asked.hidden(f"{kind.words.capitalize()} (not shown)", partial(SecretKey, kind=kind))


def need_account(context: Context, kind: "SecretKind") -> None:
    """Make sure that there is the account (the client key) to which a secret belongs."""
    if account_of(context.settings, kind):
        return
    match kind.value:
        case "seller":
            name = "api.client_key"
        case "partner":
            name = "api.partner_client_key"
        case "mail":
            name = "monitoring.smtp_user"
            raise SettingsError(
                f"The user of this password is not set ({name}).", hint=command("config", "set", name, "VALUE")
            )
        case _:
            basic = context.settings.business_central.authentication == "basic"
            name = f"business_central.{'user_name' if basic else 'client_id'}"
            raise SettingsError(
                f"The user of this secret is not set ({name}).", hint=command("config", "set", name, "VALUE")
            )
    raise SettingsError(f"No client key is set ({name}), and every secret key belongs to one.")
