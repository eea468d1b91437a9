"""What comes before the first orders: setup, and a secret key where the settings say; for root, the right user."""

import os
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Final

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import MORE, Command, Hint, command
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
        return _setup(context)
    source = secret_source(context, may_ask=False)
    if source.name != "command":
        try:
            fetch_secret_key(source, context.environ)
        except SecretMissing as error:
            return error.hint
        except SecretSourceFailed:
            pass  # perhaps only locked
    return command("import-orders")


def for_this_call(context: Context, hint: Hint) -> Hint:
    """Return a hint as it can be followed here: before setup, setup comes before everything that needs keys.

    A hint to type the same command again, with an option or as another user, gets the words of this call.
    """
    with suppress(KauflandError):
        if not context.settings.api.client_key and (needs_keys(hint) or hint == command("setup")):
            return _setup(context)
    return hint.changed(lambda one: _again(context, one))


def needs_keys(hint: Hint) -> bool:
    """Return whether one of the commands can do nothing before setup."""
    return any(
        one.arguments[: len(words)] == words
        for one in hint.commands
        for words in _NEED_KEYS
        if one.arguments[-1:] != ("--help",)
    )


def _again(context: Context, typed: Command) -> Command:
    *options, last = typed.arguments or ("",)
    if last != MORE or not all(option.startswith("--") for option in options):
        return typed
    again = context.again(*options).commands[0].arguments
    return replace(typed, arguments=again) if len(again) > len(options) else typed


def _setup(context: Context) -> Hint:
    """Return the command that sets up; for `sudo`, the same command as the user who has settings already."""
    user = _user_with_settings(context)
    if not user:
        return command("setup")
    again = context.again().changed(lambda one: replace(one, user=user))
    return Hint(f"{user} has settings, root has none: ", again)


def _user_with_settings(context: Context) -> str:
    """Return the user who called `sudo`, if that user has settings and root has none."""
    name = context.environ.get("SUDO_USER", "")
    if sys.platform == "win32" or not name or os.geteuid() or context.loaded.locations.config_file.exists():
        return ""
    import pwd

    from kaufland_cli.settings import find_locations

    try:
        home = pwd.getpwnam(name).pw_dir
    except KeyError:
        return ""
    there = find_locations({"HOME": home}, profile=context.loaded.locations.profile)
    return name if there.config_file.exists() else ""
