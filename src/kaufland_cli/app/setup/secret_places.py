"""Where the secret key can be kept on this machine, and whether a job would find it there, for `kaufland setup`.

See docs/decisions/0006-secret-sources.md.
"""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.app.bare_environment import keyring_in_bare_environment
from kaufland_cli.app.context import Context
from kaufland_cli.app.secret import secret_source
from kaufland_cli.errors import SecretSourceFailed
from kaufland_cli.secrets import SecretKind, systemd_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaufland_cli.settings import LoadedSettings


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """One value of `secret.store`, and what it can do on this machine."""

    name: str
    words: str
    """What it is, and whether it works here."""
    for_jobs: bool
    """Whether this program can keep the secret key there and a job finds it."""


def secret_places(context: Context, loaded: "LoadedSettings") -> list[SecretPlace]:
    """Try each place and return them, best first; leaves nothing behind and asks nobody to unlock anything.

    A keyring that works is best: it is encrypted and belongs to one person. For root, systemd's credential comes
    next. A private file works everywhere.
    """
    variable = SecretKind.SELLER.variable
    places = [_keyring(context, loaded)]
    if sys.platform == "linux":
        places.append(_systemd(context.environ))
    here = "set here" if context.environ.get(variable) else "not set here"
    return [
        *places,
        SecretPlace("file", "a file that only you may read; works from cron and on servers", for_jobs=True),
        SecretPlace("command", "the output of a command, for example a password manager", for_jobs=False),
        SecretPlace("env", f"only the variable {variable}, which you set for jobs yourself; {here}", for_jobs=False),
    ]


def best_place(places: list[SecretPlace]) -> str:
    """Return the name of the first place that works for jobs."""
    return next(place.name for place in places if place.for_jobs)


def _keyring(context: Context, loaded: "LoadedSettings") -> SecretPlace:
    what = "the keyring of this system"
    try:
        secret_source(context, "keyring", loaded=loaded, may_ask=False).probe()
    except SecretSourceFailed as error:
        return SecretPlace("keyring", f"{what}. {error.message}", for_jobs=False)
    job_error = keyring_in_bare_environment(context, loaded)
    if job_error is None:
        return SecretPlace("keyring", f"{what}; works here, and for jobs while it is unlocked", for_jobs=True)
    return SecretPlace("keyring", f"{what}; works here, but not for jobs. {job_error.message}", for_jobs=False)


def _systemd(environ: "Mapping[str, str]") -> SecretPlace:
    found = systemd_credentials(environ)
    what = "a file that systemd encrypts for this machine"
    if found.why_not:
        return SecretPlace("systemd", f"{what}; not here: {found.why_not}", for_jobs=False)
    if not found.running:
        return SecretPlace("systemd", f"{what}; schedules cannot rely on it where systemd does not run", for_jobs=False)
    whom = "root and units of the system" if found.is_root else "you alone"
    return SecretPlace("systemd", f"{what}; works here, for {whom}", for_jobs=found.is_root)
