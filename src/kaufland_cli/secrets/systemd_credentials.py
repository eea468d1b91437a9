"""What systemd's encrypted credentials can do on this machine for this user.

Facts, from systemd's manual pages and its own issues: `systemd-creds` came with version 250. Up to 255 only root may
encrypt and decrypt; from 256 on every user may, with `--user`, through a socket of systemd. Such a credential is for
that user only: system units cannot be passed it, and user units only from 258 on (in 257 the user's manager still
fails to decrypt it: issues 35913 and 37598).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kaufland_cli.programs import environment_for_others, find_program
from kaufland_cli.secrets.program import run_program

FIRST_VERSION: Final = 250
FIRST_FOR_USERS: Final = 256
FIRST_FOR_USER_UNITS: Final = 258
TIME_LIMIT: Final = 5.0
WHERE_PROGRAMS_ARE: Final = "/usr/bin:/bin"
"""Searched in addition to PATH, which a job may lack."""
RUNNING: Final = Path("/run/systemd/system")
"""Exists while systemd runs this machine."""


@dataclass(frozen=True, slots=True)
class SystemdCredentials:
    """What `find_systemd_credentials` found."""

    program: str
    """Path of `systemd-creds`; empty if it is not installed."""
    version: int
    """Version of systemd; 0 if unknown."""
    running: bool
    """Whether systemd runs this machine, so that units exist; in most containers it does not."""
    is_root: bool
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment in which `systemd-creds` runs."""

    @property
    def for_this_user(self) -> bool:
        """Whether this user may encrypt and decrypt."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why this user may not, for the middle of a sentence; empty if they may."""
        if not self.program:
            return "systemd-creds is not installed"
        if self.version < FIRST_VERSION:
            return f"systemd {self.version or 'of an unknown version'} is too old, {FIRST_VERSION} is needed"
        if not self.is_root and self.version < FIRST_FOR_USERS:
            return f"systemd {self.version} lets only root encrypt and decrypt; other users from {FIRST_FOR_USERS} on"
        if not self.is_root and not self.running:
            return "systemd does not run this machine, so only root can encrypt and decrypt"
        return ""

    @property
    def needs_root(self) -> bool:
        """Whether it works here, but only for root."""
        return bool(self.why_not) and self.program != "" and self.version >= FIRST_VERSION

    @property
    def for_schedules(self) -> bool:
        """Whether a schedule can use it here: units exist, and this user may encrypt."""
        return self.running and self.for_this_user

    @property
    def scope(self) -> tuple[str, ...]:
        """The option of `systemd-creds` that selects whose credential it is."""
        return () if self.is_root else ("--user",)


def find_systemd_credentials(environ: Mapping[str, str], *, is_root: bool) -> SystemdCredentials:
    """Find `systemd-creds` and its version; runs at most one short command."""
    others = environment_for_others(environ)
    program = find_program("systemd-creds", {**others, "PATH": f"{others.get('PATH', '')}:{WHERE_PROGRAMS_ARE}"})
    return SystemdCredentials(program, _version(program, others), RUNNING.is_dir(), is_root, others)


def _version(program: str, environ: Mapping[str, str]) -> int:
    if not program:
        return 0
    said, _ = run_program([program, "--version"], TIME_LIMIT, environ=environ)
    found = re.match(rb"systemd (\d+)", said)
    return int(found.group(1)) if found else 0
