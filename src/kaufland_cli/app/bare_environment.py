"""Asks this very program for the secret key as a job would: in an environment in which hardly anything is set.

A secret that the shell finds, a job may not: cron and launchd give it a home, a name and the folders of the system's
programs, and neither the variables of the desktop nor those of a login shell.
"""

import contextlib
import getpass
import json
import subprocess
import sys
from typing import Any, Final

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import (
    KauflandError,
    ProgramFault,
    SecretMissing,
    SecretSourceFailed,
    SettingsError,
)
from kaufland_cli.programs import this_program
from kaufland_cli.settings import LoadedSettings

TIME_LIMIT: Final = 40.0
"""Seconds: the longest that a store may take by itself (10 for a keyring, 30 for a command), and a slow start."""
SYSTEM_FOLDERS: Final = "/usr/bin:/bin"


def secret_in_bare_environment(context: Context, loaded: LoadedSettings | None = None) -> KauflandError | None:
    """Return what a job that needs the secret key would be told; None where it would find it.

    Runs `kaufland secret status` with these settings as a process of its own, without a terminal, for at most
    `TIME_LIMIT` seconds.
    """
    return _told_in_bare_environment(context, loaded or context.load(), {})


def keyring_in_bare_environment(context: Context, loaded: LoadedSettings) -> KauflandError | None:
    """Return why a job could not use the keyring; None where it could, whether it holds this secret yet or not."""
    more = {"KAUFLAND_SECRET_STORE": "keyring", "KAUFLAND_API_CLIENT_KEY": "nobody"}
    told = _told_in_bare_environment(context, loaded, more)
    return None if isinstance(told, SecretMissing) else told


def bare_environment(context: Context, loaded: LoadedSettings) -> dict[str, str]:
    """Return the variables that a scheduler gives to a job of this user."""
    environ = context.environ
    if sys.platform == "win32":  # the Task Scheduler gives all that is set for the user, not what a shell has set
        bare = {name: value for name, value in environ.items() if not name.upper().startswith(("KAUFLAND_", "PYTHON"))}
    else:
        user = environ.get("LOGNAME") or environ.get("USER") or _user_name()
        bare = {"HOME": environ.get("HOME", ""), "LOGNAME": user, "USER": user, "SHELL": "/bin/sh"}
        bare = {name: value for name, value in bare.items() if value} | {"PATH": SYSTEM_FOLDERS}
    if environ.get("KAUFLAND_DATA_DIR"):
        bare["KAUFLAND_DATA_DIR"] = str(loaded.locations.data_folder)
    return bare


def _told_in_bare_environment(context: Context, loaded: LoadedSettings, more: dict[str, str]) -> KauflandError | None:
    program = this_program()
    if context.config_file or context.environ.get("KAUFLAND_CONFIG"):
        program += ["--config", str(loaded.locations.config_file.absolute())]
    if profile := context.profile or context.environ.get("KAUFLAND_PROFILE"):
        program += ["--profile", profile]
    try:
        process = subprocess.Popen(
            [*program, "secret", "status", "--json"],
            env=bare_environment(context, loaded) | more,
            cwd=loaded.locations.config_file.absolute().anchor,  # as a job, not where the person happens to be
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        return ProgramFault(f"{sys.executable} cannot be started: {error.strerror or type(error).__name__}.")
    with process:
        try:
            _, said = process.communicate(timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            _end(process)
            return SecretSourceFailed(
                f"The secret source {loaded.settings.secret.store} returned nothing within {TIME_LIMIT:g} seconds."
            )
    return _error(said, process.returncode) if process.returncode else None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop it politely first, so that it stops what it has started itself."""
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()


def _error(said: bytes, code: int) -> KauflandError:
    """Return the error that the process told in JSON, of its own class."""
    record: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        found = json.loads(said)
        record = found if isinstance(found, dict) else {}
    message = str(record.get("message") or f"{command('secret', 'status')!s} ended with exit code {code}.")
    kinds: dict[str, type[KauflandError]] = {
        kind.code_name(): kind for kind in (SecretMissing, SecretSourceFailed, SettingsError)
    }
    error = kinds.get(str(record.get("error")), ProgramFault)(message)
    if said_hint := record.get("hint"):
        error.hint = Hint(str(said_hint))  # written out already, with the settings of that call
    return error


def _user_name() -> str:
    with contextlib.suppress(OSError, KeyError):
        return getpass.getuser()
    return ""
