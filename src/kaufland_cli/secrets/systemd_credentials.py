"""What systemd's encrypted credentials can do on this machine, for this user.

Facts, from systemd's manual pages and its own issues: `systemd-creds` came with version 250. Up to 255 only root may
encrypt and decrypt; from 256 on every user may, with `--user`, through a socket of systemd's. Such a credential is for
that user alone: system units cannot be given it, and user units only from 258 on (in 257 the user's manager still
fails to open it: issues 35913 and 37598).
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
"""Looked at besides PATH, which a job may lack."""
RUNNING: Final = Path("/run/systemd/system")
"""Is there while systemd is what started this machine."""


@dataclass(frozen=True, slots=True)
class SystemdCredentials:
    """What was found."""

    program: str
    """Path of `systemd-creds`; empty where it is not installed."""
    version: int
    """Of systemd; 0 where it is not known."""
    running: bool
    """Whether systemd runs this machine, so that units exist; in a container it mostly does not."""
    is_root: bool
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """In which it runs."""

    @property
    def for_this_user(self) -> bool:
        """Whether this user may encrypt and decrypt."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why this user cannot, for the middle of a sentence; empty where they can."""
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
        """Whether it works here, but for root alone."""
        return bool(self.why_not) and self.program != "" and self.version >= FIRST_VERSION

    @property
    def for_schedules(self) -> bool:
        """Whether it can be relied on by a schedule here: units exist, and this user can set it up."""
        return self.running and self.for_this_user

    @property
    def scope(self) -> tuple[str, ...]:
        """The option of `systemd-creds` that says whom a credential is for."""
        return () if self.is_root else ("--user",)


def find_systemd_credentials(environ: Mapping[str, str], *, is_root: bool) -> SystemdCredentials:
    """Look at what is installed, in the folders of PATH too; at most one short call of `systemd-creds`."""
    others = environment_for_others(environ)
    program = find_program("systemd-creds", {**others, "PATH": f"{others.get('PATH', '')}:{WHERE_PROGRAMS_ARE}"})
    return SystemdCredentials(program, _version(program, others), RUNNING.is_dir(), is_root, others)


def _version(program: str, environ: Mapping[str, str]) -> int:
    if not program:
        return 0
    said, _ = run_program([program, "--version"], TIME_LIMIT, environ=environ)
    found = re.match(rb"systemd (\d+)", said)
    return int(found.group(1)) if found else 0
