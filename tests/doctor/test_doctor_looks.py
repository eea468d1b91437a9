"""Checks end whatever happens in them, and rate what they are given."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kaufland_cli.doctor import job_checks, surroundings
from kaufland_cli.doctor.check import Check, Task, examined, plain, worst
from kaufland_cli.doctor.job_checks import job_secret_check, schedule_check, secret_check, target_checks
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.target_values import TargetCheck
from kaufland_cli.errors import SecretMissing, StoreDamaged
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.secrets import FoundSecret, SecretKey

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
GOOD = plain("good", "ok", "fine")


def one_then(error: Exception) -> Iterator[Check]:
    """Yield a check, then break."""
    yield GOOD
    raise error


def test_look_that_breaks_keeps_no_other_from_being_made() -> None:
    """What it found before is kept, what broke it is a failed check with a way out, and the next look is made."""
    tasks = [
        Task("store", lambda: one_then(StoreDamaged("It is damaged.", hint=Hint("kaufland status")))),
        Task("disk", lambda: one_then(PermissionError(13, "Permission denied", "/srv")), hint=Hint("kaufland doctor")),
        Task("odd", lambda: one_then(ZeroDivisionError("/home/ada"))),
        Task("good", lambda: [GOOD]),
    ]
    found = list(examined(tasks))
    assert [(check.name, check.state) for check in found] == [
        ("good", "ok"),
        ("store", "failed"),
        ("good", "ok"),
        ("disk", "failed"),
        ("good", "ok"),
        ("odd", "failed"),
        ("good", "ok"),
    ]
    assert found[1].message == "It is damaged."
    assert (str(found[1].hint), found[1].shared) == ("kaufland status", "store_damaged")
    assert "Permission denied (/srv)" in found[3].message
    assert "/srv" not in found[3].shared
    assert "ada" not in found[5].message + found[5].shared


def test_look_that_hangs_is_given_up() -> None:
    """After its time it is a failed check that names what to type, and the next look is made."""
    never = threading.Event()
    tasks = [
        Task("hangs", lambda: [GOOD] if never.wait(60) else [], 0.05, command("secret", "status")),
        Task("good", lambda: [GOOD]),
    ]
    first, second = examined(tasks)
    assert (first.state, str(first.hint)) == ("failed", "kaufland secret status")
    assert "within 0.05 seconds" in first.message
    assert second == GOOD


def test_whole_is_as_good_as_its_worst_part() -> None:
    """Failed before doubtful before well; what was skipped says nothing."""
    states = {"ok": "ok", "skipped": "ok", "warning": "warning", "failed": "failed"}
    for state, whole in states.items():
        assert worst([GOOD, plain("x", state, "")]) == whole  # type: ignore[arg-type]


def test_secret_key_as_a_job_finds_it() -> None:
    """With automatic imports it is a fault that cron does not find it, without them worth knowing."""
    error = SecretMissing("The keyring is locked.", hint=Hint("kaufland setup --secret-store file"))
    assert job_secret_check(None, automatic=True).state == "ok"
    found = job_secret_check(error, automatic=True)
    assert (found.state, str(found.hint)) == ("failed", "kaufland setup --secret-store file")
    assert "The keyring is locked." in found.message
    assert job_secret_check(error, automatic=False).state == "warning"
    assert job_secret_check(None, automatic=True, by_unit=True).message == "systemd gives it to the scheduled import"


def test_place_of_the_secret_key() -> None:
    """Its place is named, no character of it; a report does not even name the place."""
    found = secret_check(FoundSecret(SecretKey("5ec2e70f" * 8), "the file /home/ada/secret_key"), "file")
    assert (found.state, found.message, found.shared) == (
        "ok",
        "*** from the file /home/ada/secret_key",
        "found (file)",
    )


def test_schedule_states_in_the_doctor() -> None:
    """Out of line is a fault, unless imports come in all the same; what fixes it is the schedule's own command."""
    usual = ScheduleSummary(installed=True, scheduler="cron", every_minutes=15, verified=True)
    assert schedule_check(usual, recent=True).message == "cron, every 15 minutes"
    assert schedule_check(replace(usual, every_minutes=1), recent=True).message == "cron, every 1 minute"
    assert schedule_check(ScheduleSummary(), recent=False).state == "ok"
    fix = command("schedule", "install")
    wrong = ScheduleSummary(differences=("Nothing is entered.", "Yet it is on."), fix=fix)
    found = schedule_check(wrong, recent=False)
    assert (found.state, found.message, found.hint) == ("failed", "Nothing is entered. Yet it is on.", fix)
    assert schedule_check(wrong, recent=True).state == "warning"


def test_obstacles_to_sales_orders() -> None:
    """Each fault of the target is a check of its own, those passed are counted."""
    found = list(
        target_checks(
            [
                TargetCheck("company", "passed", "There."),
                TargetCheck("customer D1", "failed", "There is none.", Hint("Correct the settings.")),
                TargetCheck("numbers", "skipped", "Unknown."),
                TargetCheck("currency CZK", "warning", "Old."),
            ]
        )
    )
    assert [(check.state, check.message) for check in found] == [
        ("failed", "customer D1: There is none."),
        ("warning", "currency CZK: Old."),
        ("ok", "1 check passed. Only one installation may push the sales orders of a seller account"),
    ]
    assert found[1].hint == job_checks.CHECK_TARGET
    assert "D1" not in found[0].shared


def test_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with the command that installs the program again."""
    monkeypatch.setattr(surroundings, "LIBRARIES", ("httpx", "no-such-library-here"))
    (found,) = surroundings.versions_checks()
    assert (found.state, str(found.hint)) == ("failed", "pipx reinstall kaufland-cli")
    assert "libraries missing: no-such-library-here" in found.message


def test_sqlite_without_search_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searching works without it, so it is only doubtful."""
    monkeypatch.setattr(surroundings, "searches_by_index", lambda: False)
    (found,) = surroundings.versions_checks()
    assert found.state == "warning"
    assert "FTS5" in found.message


def test_time_zones_that_are_missing() -> None:
    """Without time zone data nothing can be shown in the seller's time: it is said how to get it."""
    (found,) = surroundings.time_zone_checks(NOW, "Europe/Nowhere")
    assert (found.state, str(found.hint)) == ("failed", "pipx inject kaufland-cli tzdata")
    (found,) = surroundings.time_zone_checks(NOW)
    assert found.message == "Europe/Berlin, where it is 2026-11-24 10:30 now"
