"""What comes before the first orders: setup, and a secret key where the settings say."""

from contextlib import suppress
from typing import Final

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed

_NEED_KEYS: Final = (
    ("import-orders",),
    ("orders", "refresh"),
    ("reconcile",),
    ("sales-orders", "push"),
    ("sales-orders", "retry"),
    ("schedule", "install"),
    ("test-connection",),
)
"""The commands that can do nothing before setup."""


def next_import(context: Context) -> Hint:
    """Return the command that leads to the first orders: an import, or what has to come before it.

    Nobody is asked to unlock a keyring for it, and no command that prints the secret key is started.
    """
    from kaufland_cli.app.secret import secret_source
    from kaufland_cli.secrets import fetch_secret_key

    if not context.settings.api.client_key:
        return command("setup")
    source = secret_source(context, may_ask=False)
    if source.name != "command":
        try:
            fetch_secret_key(source, context.environ)
        except SecretMissing as error:
            return error.hint
        except SecretSourceFailed:
            pass  # perhaps only locked
    return command("import-orders")


def possible(context: Context, hint: Hint) -> Hint:
    """Return a hint that can be followed: before setup, setup comes before everything that needs keys."""
    if not needs_keys(hint):
        return hint
    with suppress(KauflandError):
        if not context.settings.api.client_key:
            return command("setup")
    return hint


def needs_keys(hint: Hint) -> bool:
    """Return whether one of the commands can do nothing before setup."""
    return any(
        one.arguments[: len(words)] == words
        for one in hint.commands
        for words in _NEED_KEYS
        if one.arguments[-1:] != ("--help",)
    )
