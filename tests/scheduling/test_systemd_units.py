"""systemd's units, checked by systemd itself."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from kaufland_cli.scheduling.plan import SchedulePlan
from kaufland_cli.scheduling.systemd import calendar, service_text, timer_text
from support.schedule_samples import AWKWARD, PLAN, for_system

ANALYZE = shutil.which("systemd-analyze") or ""
needs_systemd = pytest.mark.skipif(not ANALYZE, reason="there is no systemd-analyze")
CREDENTIAL = (("kaufland-secret-key", Path("/home/anna/.config/kaufland/secret_key.cred")),)
PLANS = {
    "user": PLAN,
    "awkward": AWKWARD,
    "system": for_system(PLAN, credentials=CREDENTIAL),
    "awkward system": for_system(AWKWARD),
    "other programs": for_system(PLAN, runs_other_programs=True),
}


def units(folder: Path, plan: SchedulePlan) -> list[str]:
    """Write both units and return their paths; the program is one that is there."""
    program = folder / Path(plan.command[0]).name
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    plan = replace(plan, command=(str(program), *plan.command[1:]))
    texts = {"service": service_text(plan), "timer": timer_text(plan)}
    for ending, text in texts.items():
        (folder / f"{plan.target.label}.{ending}").write_text(text, encoding="utf-8")
    return [str(folder / f"{plan.target.label}.{ending}") for ending in texts]


def verified(mode: str, paths: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Let systemd read the units as its manager would."""
    environ = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    words = [ANALYZE, "verify", "--man=no", mode, *paths]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environ)


@needs_systemd
@pytest.mark.parametrize("name", PLANS)
def test_systemd_has_nothing_to_say_against_them(tmp_path: Path, name: str) -> None:
    """`systemd-analyze verify` passes both units without a word, paths with awkward signs among them."""
    plan = PLANS[name]
    mode = "--system" if plan.target.system else "--user"
    ran = verified(mode, units(tmp_path, plan), tmp_path)
    assert [line for line in ran.stderr.splitlines() if "kaufland" in line] == []
    assert ran.returncode == 0, ran.stderr


@needs_systemd
def test_fault_would_be_found(tmp_path: Path) -> None:
    """The check finds something: it names a setting that does not exist."""
    paths = units(tmp_path, PLAN)
    service = Path(paths[0])
    service.write_text(service.read_text(encoding="utf-8") + "ProtectSytem=strict\n", encoding="utf-8")
    assert "ProtectSytem" in verified("--user", paths, tmp_path).stderr


@needs_systemd
@pytest.mark.parametrize("interval", [1, 5, 7, 15, 45, 60, 90, 120, 1440])
def test_timer_runs_at_the_interval(interval: int) -> None:
    """By its own reckoning the moments lie as far apart as the plan means, through the change to summer time too."""
    plan = replace(PLAN, every_minutes=interval)
    words = [ANALYZE, "calendar", "--iterations=4", "--base-time=2026-03-28 12:00:00 UTC", calendar(plan)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, env={"TZ": "Europe/Berlin", "LC_ALL": "C"})
    found = re.findall(r"\(in UTC\): \w+ ([\d-]+ [\d:]+) UTC", ran.stdout)
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in found]
    assert len(moments) == 4
    distances = {(later - earlier).total_seconds() / 60 for earlier, later in pairwise(moments)}
    assert distances == {plan.rhythm.step}


@needs_systemd
def test_system_unit_is_well_locked(tmp_path: Path) -> None:
    """By its own measure of exposure it is well below medium."""
    (service, _) = units(tmp_path, for_system(PLAN))
    words = [ANALYZE, "security", "--offline=true", "--threshold=40", service]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_users_unit_needs_no_namespaces() -> None:
    """What only root's systemd can do everywhere is left out: a unit that cannot start (226/NAMESPACE) is no use."""
    text = service_text(PLAN)
    assert not re.search(r"^(Protect|Private|ReadWrite|ReadOnly|Capability)", text, re.MULTILINE)
    assert "NoNewPrivileges=yes" in text
    assert "User=" not in text


def test_words_are_written_as_systemd_reads_them() -> None:
    """Blanks, quotes, percent and dollar signs of paths reach the command: `%` and `$` mean something else alone."""
    plan = replace(PLAN, command=("/opt/my shop/100%", "$HOME", 'a "b"'), environment=(("NAME", "/srv/50% $x"),))
    text = service_text(plan)
    assert 'ExecStart="/opt/my shop/100%%" "$$HOME" "a \\"b\\""\n' in text
    assert 'Environment="NAME=/srv/50%% $x"\n' in text
    awkward = service_text(AWKWARD)
    assert 'ExecStart=/usr/bin/env "/opt/my shop/100%%/$$HOME/kau\\"f\'land" --config' in awkward


def test_paths_that_an_import_writes_stay_writable() -> None:
    """The whole file system is read-only but for the folders of the import; /run/user and the home stay visible."""
    text = service_text(for_system(PLAN))
    assert "ProtectSystem=strict" in text
    assert "ReadWritePaths=/home/anna/.local/share/kaufland\n" in text
    assert "User=anna\n" in text
    assert "ProtectHome=read-only" in text, "true would hide the bus of the keyring below /run/user"
    assert "PrivateTmp=yes" in text


@pytest.mark.parametrize("place", ["/tmp/shop", "/var/tmp/shop"])  # noqa: S108 - names only
def test_private_tmp_hides_nothing_that_is_needed(place: str) -> None:
    """Where the store or the program lies below /tmp, the unit sees the real one and may write there."""
    assert "PrivateTmp" not in service_text(for_system(PLAN, written=(Path(place),)))
    assert "PrivateTmp" not in service_text(for_system(PLAN, command=(f"{place}/kaufland", "import-orders")))
    assert "ReadWritePaths=-/tmp\nReadWritePaths=-/var/tmp\n" in service_text(for_system(PLAN, written=(Path(place),)))
    assert "ReadWritePaths=-" not in service_text(for_system(PLAN))


def test_program_that_prints_the_secret_may_write() -> None:
    """With secret.store = command the home folder is not read-only: gpg, for one, writes there."""
    text = service_text(for_system(PLAN, runs_other_programs=True))
    assert "ProtectSystem=full" in text
    assert "ReadWritePaths" not in text


def test_encrypted_credentials_have_their_names() -> None:
    """The unit names each credential with its file."""
    text = service_text(for_system(PLAN, credentials=CREDENTIAL))
    assert "LoadCredentialEncrypted=kaufland-secret-key:/home/anna/.config/kaufland/secret_key.cred\n" in text


def test_missed_runs_are_made_up_for() -> None:
    """The timer remembers when it last ran, and is exact: a start before its time would not be due."""
    text = timer_text(PLAN)
    assert "Persistent=true" in text
    assert "FixedRandomDelay=true" in text
    assert "AccuracySec=1s" in text
