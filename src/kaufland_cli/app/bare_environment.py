"""Runs this program as a job would, in a nearly empty environment, to see whether it finds the secret key.

A job may not find a secret that the shell finds: cron and launchd set a home folder, a user name and the system's PATH,
but none of the variables of a desktop or login shell. See docs/decisions/0006-secret-sources.md.
"""

import contextlib
import getpass
import json
import subprocess
import sys
from typing import Any, Final

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.errors import KauflandError, ProgramFault, SecretMissing, SecretSourceFailed, SettingsError, reason_of
from kaufland_cli.programs import this_program
from kaufland_cli.settings import LoadedSettings

TIME_LIMIT: Final = 40.0
"""Seconds: the time limit of a secret source (10 for a keyring, 30 for a command) plus a slow start."""
SYSTEM_FOLDERS: Final = "/usr/bin:/bin"


def secret_in_bare_environment(context: Context, loaded: LoadedSettings | None = None) -> KauflandError | None:
    """Return the error that a job would get when it fetches the secret key; None if it would find it.

    Runs `kaufland secret status` with these settings as a process of its own, without a terminal, for at most
    `TIME_LIMIT` seconds.
    """
    return _error_in_bare_environment(context, loaded or context.options.load_settings(context.environ), {})


def keyring_in_bare_environment(context: Context, loaded: LoadedSettings) -> KauflandError | None:
    """Return why a job could not use the keyring; None if it could, whether or not the secret is in it yet."""
    more = {"KAUFLAND_SECRET_STORE": "keyring", "KAUFLAND_API_CLIENT_KEY": "nobody"}
    error = _error_in_bare_environment(context, loaded, more)
    return None if isinstance(error, SecretMissing) else error


def bare_environment(context: Context, loaded: LoadedSettings) -> dict[str, str]:
    """Return the variables that a scheduler sets for a job of this user."""
    environ = context.environ
    if sys.platform == "win32":  # the Task Scheduler sets the user's variables, not those of a shell
        bare = {name: value for name, value in environ.items() if not name.upper().startswith(("KAUFLAND_", "PYTHON"))}
    else:
        user = environ.get("LOGNAME") or environ.get("USER") or _user_name()
        bare = {"HOME": environ.get("HOME", ""), "LOGNAME": user, "USER": user, "SHELL": "/bin/sh"}
        bare = {name: value for name, value in bare.items() if value} | {"PATH": SYSTEM_FOLDERS}
    if environ.get("KAUFLAND_DATA_DIR"):
        bare["KAUFLAND_DATA_DIR"] = str(loaded.locations.data_folder)
    return bare


def _error_in_bare_environment(context: Context, loaded: LoadedSettings, more: dict[str, str]) -> KauflandError | None:
    program = this_program()
    if context.options.config_file or context.environ.get("KAUFLAND_CONFIG"):
        program += ["--config", str(loaded.locations.config_file.absolute())]
    if profile := context.options.profile or context.environ.get("KAUFLAND_PROFILE"):
        program += ["--profile", profile]
    words = [*program, "secret", "status", "--json"]
    folder = loaded.locations.config_file.absolute().anchor  # as for a job, not the current folder
    try:
        code, said = run_as_job(words, bare_environment(context, loaded) | more, folder)
    except OSError as error:
        return ProgramFault(f"{sys.executable} cannot be started: {reason_of(error)}.")
    except subprocess.TimeoutExpired:
        return SecretSourceFailed(
            f"The secret source {loaded.settings.secret.store} returned nothing within {TIME_LIMIT:g} seconds."
        )
    return _error(said, code) if code else None


def run_as_job(words: list[str], environ: dict[str, str], folder: str) -> tuple[int, bytes]:
    """Run a command without a terminal; return its exit code and what it wrote to stderr.

    Raises OSError if it cannot be started and TimeoutExpired, after it was stopped, if it exceeds `TIME_LIMIT`.
    """
    with subprocess.Popen(
        words,
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            _, said = process.communicate(timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            _end(process)
            raise
    return process.returncode, said


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop it with SIGTERM first, so that it can stop the processes it has started."""
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()


def _error(said: bytes, code: int) -> KauflandError:
    """Return the error that the process wrote as JSON, as an object of its class."""
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
        error.hint = Hint(ToCopy(said_hint))  # written out already, with the settings of that call
    return error


def _user_name() -> str:
    with contextlib.suppress(OSError, KeyError):
        return getpass.getuser()
    return ""
