"""A `systemd-creds` of any version for tests: it notes how it was called, and encrypts by turning letters round."""

from pathlib import Path

SCRIPT = """#!/bin/sh
printf '%s\\n' "$*" >> {notes}
env > {notes}.environment
[ "$1" = --version ] && {{ echo 'systemd {version} ({version}.1-1)'; echo '+PAM'; exit 0; }}
{misdeed}
tr 'A-Za-z0-9' 'N-ZA-Mn-za-m5-90-4'
"""


def fake_systemd_creds(folder: Path, version: int = 258, misdeed: str = ":") -> tuple[Path, Path]:
    """Write the program into the folder; return it and the file with the words of each call."""
    folder.mkdir(parents=True, exist_ok=True)
    program, notes = folder / "systemd-creds", folder / "calls"
    program.write_text(SCRIPT.format(notes=notes, version=version, misdeed=misdeed), encoding="utf-8")
    program.chmod(0o755)
    return program, notes
