"""Our lines in a crontab, and everybody else's."""

import shlex
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.scheduling.cron import (
    block,
    block_in,
    cron_command,
    cron_line,
    cron_moments,
    with_block,
    without_block,
)
from support.schedule_samples import AWKWARD, PLAN, TARGET, for_system

BLOCK = block(PLAN).encode()
OTHERS = st.binary(max_size=200).filter(lambda text: b"# kaufland: " not in text)
FOREIGN = (
    b'MAILTO=""\r\n5 4 * * * /usr/bin/backup --date=\\%F\r\n',
    b"# Gr\xfc\xdfe\n@daily run-it",
    b"\n\n   # spaces\t\n",
)


@given(OTHERS)
def test_other_lines_stay_to_the_byte(crontab: bytes) -> None:
    """Whatever bytes stand in a crontab, entering adds our block alone, and taking it out leaves the rest.

    The one exception: a last line without its end gets one, without which cron takes no crontab.
    """
    kept = crontab if crontab.endswith(b"\n") or not crontab else crontab + b"\n"
    installed = with_block(crontab, TARGET, BLOCK)
    assert installed == kept + BLOCK
    assert block_in(installed, TARGET) == BLOCK
    assert without_block(installed, TARGET) == kept
    assert without_block(crontab, TARGET) == crontab


@given(OTHERS, OTHERS)
def test_installing_again_changes_our_block_in_place(before: bytes, after: bytes) -> None:
    """There is one block, in its place, however often it is installed."""
    before = before + b"\n" if before and not before.endswith(b"\n") else before
    present = before + BLOCK + after
    new = block(replace(PLAN, every_minutes=30)).encode()
    assert with_block(present, TARGET, new) == before + new + after
    assert with_block(present, TARGET, BLOCK) == present


@pytest.mark.parametrize("crontab", FOREIGN)
def test_line_ends_and_other_encodings_stay(crontab: bytes) -> None:
    """Lines with CR LF, other encodings and comments come back as they were."""
    assert without_block(with_block(crontab, TARGET, BLOCK), TARGET).rstrip(b"\n") == crontab.rstrip(b"\n")
    assert with_block(crontab, TARGET, BLOCK).startswith(crontab)


def test_profiles_have_their_own_blocks() -> None:
    """The block of one profile is never taken for another's, whose name begins alike."""
    second = replace(PLAN, target=replace(TARGET, profile="default-2", uses_default=False))
    both = with_block(BLOCK, second.target, block(second).encode())
    assert block_in(both, TARGET) == BLOCK
    assert without_block(both, second.target) == BLOCK


def test_block_without_its_last_line_takes_no_other_line() -> None:
    """Where somebody has deleted the end of the block, only lines that are surely ours go."""
    torn = BLOCK[: BLOCK.index(b"# kaufland: end")] + b"5 4 * * * /usr/bin/backup\n"
    assert without_block(torn, TARGET) == b"5 4 * * * /usr/bin/backup\n"
    assert with_block(torn, TARGET, BLOCK) == BLOCK + b"5 4 * * * /usr/bin/backup\n"


def test_block_with_other_line_ends_is_still_ours() -> None:
    """An editor that wrote CR LF everywhere does not make us forget our entry."""
    assert without_block(b"a\r\n" + BLOCK.replace(b"\n", b"\r\n") + b"b\r\n", TARGET) == b"a\r\nb\r\n"


@pytest.mark.parametrize(
    ("interval", "pattern"),
    [
        (1, "* * * * *"),
        (7, "* * * * *"),
        (15, "{o}-59/15 * * * *"),
        (45, "{o}-59/15 * * * *"),
        (60, "{o} * * * *"),
        (180, "{m} {h}-23/3 * * *"),
        (1440, "{m} {h} * * *"),
    ],
)
def test_moments(interval: int, pattern: str) -> None:
    """Every interval has fields that cron understands, beginning at the minute of this machine."""
    plan = replace(PLAN, every_minutes=interval)
    offset = plan.rhythm.offset
    assert cron_moments(plan) == pattern.format(o=offset, m=offset % 60, h=offset // 60)


def test_command_is_what_the_shell_gets() -> None:
    """Blanks, quotes, dollar and percent signs of paths arrive as they are, and the line stays one line."""
    line = cron_line(AWKWARD, "* * * * *")
    assert "\n" not in line
    as_cron_hands_it_on = cron_command(AWKWARD).replace(r"\%", "%")
    assert "%" not in cron_command(AWKWARD).replace(r"\%", "")
    words = ["env", *(f"{name}={value}" for name, value in AWKWARD.environment), *AWKWARD.command]
    assert shlex.split(as_cron_hands_it_on) == words
    shown = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\n' {as_cron_hands_it_on}"], capture_output=True, check=True, encoding="utf-8"
    )
    assert shown.stdout.splitlines() == words


def test_file_of_the_system_names_the_user() -> None:
    """In /etc/cron.d the user stands before the command; the line of every minute for the proof has it too."""
    text = block(for_system(PLAN), at_once=True)
    (usual, at_once) = [line for line in text.splitlines() if not line.startswith("#")]
    assert usual.split(" ", 6)[5] == "anna"
    assert at_once == "* * * * * anna /opt/kaufland/bin/kaufland import-orders --scheduled"
    assert "* * * * *" not in block(for_system(PLAN))
