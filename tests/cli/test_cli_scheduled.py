"""Scheduled imports over hours and days: when they run, what they tell, and what they keep silent."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kaufland_cli.app import scheduled_import
from kaufland_cli.cli import import_orders
from kaufland_cli.files import unfinished
from kaufland_cli.monitoring.memory_file import NAME
from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.scheduling import verification
from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store.record import change_record
from support.machine import Done, Machine

QUARTER = timedelta(minutes=15)


@pytest.fixture
def scheduled(connected: Machine) -> Machine:
    """Give a machine with auto import every 15 minutes."""
    connected.more |= {
        "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_INTERVAL_MINUTES": "15",
    }
    return connected


def run(machine: Machine, after: timedelta = timedelta(0)) -> Done:
    """Let time pass and run what cron runs."""
    machine.clock.present += after
    done = machine.run("import-orders", "--scheduled")
    assert done.out == ""
    return done


def said(machine: Machine, length: timedelta, every: timedelta) -> Iterator[tuple[timedelta, Done]]:
    """Run at every tick of cron; yield what was said, with the time since the start."""
    begin, ticks = machine.clock.now(), length // every
    for tick in range(1, ticks + 1):
        machine.clock.present = max(begin + tick * every, machine.clock.now())
        done = run(machine)
        if done.err:
            yield tick * every, done


def hours(found: list[tuple[timedelta, Done]]) -> list[float]:
    """Return after how many hours something was said, to the quarter."""
    return [round(since / QUARTER) / 4 for since, _ in found]


def test_failure_is_reported_in_full_then_rarely_and_its_end_once(scheduled: Machine, simulator: Simulator) -> None:
    """The server goes for two hours and comes back.

    The first run that fails says all that there is to say, an hour later again, and its end is reported once with what
    came; in between there is silence, and the exit code stays what it is.
    """
    assert run(scheduled).err == ""
    simulator.stop()
    first = run(scheduled, QUARTER)
    assert first.code == 5
    for part in (
        "The scheduled import failed (profile default, simulator).",
        "connection refused",
        "Failing since:         2026-11-24 10:45 (Europe/Berlin), first failed run",
        "Last complete import:  2026-11-24 10:30",
        "kaufland test-connection",
        "kaufland status",
    ):
        assert part in first.err, part
    for _ in range(3):
        silent = run(scheduled, QUARTER)
        assert (silent.code, silent.err) == (5, "")
    assert "5 failed runs in a row" in run(scheduled, QUARTER).err
    assert [run(scheduled, QUARTER).err for _ in range(3)] == [""] * 3
    simulator.start()
    end = run(scheduled, QUARTER)
    assert end.code == 0
    for part in ("work again", "2026-11-24 10:45 to 2026-11-24 12:30", "8 runs", "connection refused", "0 new orders"):
        assert part in end.err, part
    assert [run(scheduled, QUARTER).err for _ in range(3)] == [""] * 3


def test_day_of_a_cron_line_makes_three_messages(scheduled: Machine, simulator: Simulator) -> None:
    """Without a server: reported at once, after an hour, a day later, however often cron runs; then the end, once."""
    run(scheduled)
    simulator.stop()
    assert hours(list(said(scheduled, timedelta(minutes=90), timedelta(minutes=5)))) == [0.25, 1.25]
    found = list(said(scheduled, timedelta(hours=25), 5 * QUARTER))
    assert [(hour, done.code) for hour, (_, done) in zip(hours(found), found, strict=True)] == [(23.75, 5)]
    simulator.start()
    assert [done.code for _, done in said(scheduled, timedelta(hours=1), QUARTER)] == [0]


@pytest.mark.long
def test_two_days_of_every_minute_make_three_messages(scheduled: Machine, simulator: Simulator) -> None:
    """The same for a line of every minute, as systems without our schedule may have it."""
    run(scheduled)
    simulator.stop()
    assert hours(list(said(scheduled, timedelta(days=2), timedelta(minutes=1)))) == [0.25, 1.25, 25.25]


def test_different_cause_is_reported_at_once(scheduled: Machine, simulator: Simulator) -> None:
    """While one failure lasts, a new one is heard at its first run; one that was heard within the hour is not."""
    simulator.misbehave(faults.status(503), times=None)
    assert "HTTP 503" in run(scheduled).err
    simulator.behave()
    simulator.misbehave(faults.status(401), times=None)
    refused = run(scheduled, QUARTER)
    assert (refused.code, "2 failed runs in a row" in refused.err) == (4, True)
    simulator.behave()
    simulator.misbehave(faults.status(503), times=None)
    assert run(scheduled, QUARTER).err == ""


def test_faulty_settings_are_reported_rarely_too(scheduled: Machine) -> None:
    """Every minute of three hours with a mistyped value: two messages that name the line, exit code 3 every time."""
    run(scheduled)
    scheduled.write_config("[order_import]\ninterval_minutes = 0\n")
    scheduled.more.pop("KAUFLAND_ORDER_IMPORT_INTERVAL_MINUTES")
    found = list(said(scheduled, timedelta(hours=3), timedelta(minutes=5)))
    assert [(done.code, "config.toml:2" in done.err) for _, done in found] == [(3, True)] * 2
    assert run(scheduled).code == 3
    scheduled.config.unlink()
    assert "work again" in run(scheduled, QUARTER).err


def test_settings_file_that_is_no_toml_is_reported_once(scheduled: Machine) -> None:
    """Where nothing of the file can be read it is reported like any failure, and then silent, with exit code 3."""
    scheduled.write_config("[order_import\n")
    first, second = run(scheduled), run(scheduled, timedelta(minutes=1))
    assert (first.code, "config.toml:1" in first.err, "first failed run" in first.err) == (3, True, True)
    assert (second.code, second.err) == (3, "")


def test_missing_secret_keeps_to_the_interval(scheduled: Machine, simulator: Simulator) -> None:
    """A run that fails before there is a store tries again an interval later, not every minute."""
    scheduled.more["KAUFLAND_SECRET_KEY"] = ""
    first = run(scheduled)
    assert (first.code, "KAUFLAND_SECRET_KEY" in first.err) == (3, True)
    for minutes in (1, 13):
        later = run(scheduled, timedelta(minutes=minutes))
        assert (later.code, later.err) == (0, "")
    assert run(scheduled, timedelta(minutes=1)).code == 3
    assert [path.name for path in scheduled.files()] == [NAME]
    assert simulator.requests == []


def test_keyring_that_is_missing_is_reported(scheduled: Machine) -> None:
    """From cron without any keyring: one message within seconds that says where else the key could be kept."""
    scheduled.more |= {
        "KAUFLAND_SECRET_KEY": "",
        "KAUFLAND_SECRET_STORE": "keyring",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    done = scheduled.process("import-orders", "--scheduled")
    assert (done.code, done.out) == (3, "")
    assert "--secret-store file" in done.err
    assert "Traceback" not in done.err


def test_store_that_is_held_or_damaged_is_reported(scheduled: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 9, reported once; the interval is kept although the store cannot say when the last run began."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 0.05)
    run(scheduled)
    other = sqlite3.connect(scheduled.store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    held = run(scheduled, QUARTER)
    assert (held.code, "Another program is using" in held.err) == (9, True)
    assert run(scheduled, QUARTER).err == ""
    other.close()
    assert "work again" in run(scheduled, QUARTER).err
    path = scheduled.store
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(b"no store" * 1000)
    damaged = run(scheduled, QUARTER)
    assert (damaged.code, "cannot be read" in damaged.err) == (9, True)
    assert run(scheduled, timedelta(minutes=5)).code == 0
    assert run(scheduled, timedelta(minutes=10)).code == 9


def test_incomplete_import_is_a_failure(scheduled: Machine, simulator: Simulator) -> None:
    """Exit code 8: the report says how much was read, since when, and when an import was last complete."""
    run(scheduled)
    simulator.misbehave(faults.wrong_total(99), times=None)
    done = run(scheduled, QUARTER)
    assert (done.code, "of 99 units" in done.err) == (8, True)
    assert "Last complete import:  2026-11-24 10:30" in done.err


def test_fault_of_the_program_is_reported_too(scheduled: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks inside: one message, no traceback, and none of its text, which could hold anything."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a buyer's name")

    monkeypatch.setattr("kaufland_cli.order_import.run.import_orders", broken)
    done = run(scheduled)
    assert (done.code, "ZeroDivisionError" in done.err, "buyer" in done.err) == (1, True, False)
    assert run(scheduled, QUARTER).err == ""


def test_json_says_all_of_it_every_time(scheduled: Machine, simulator: Simulator) -> None:
    """A program decides itself: one document of the import, each error as JSON at every run, and nothing of our own."""
    first = scheduled.good("import-orders", "--scheduled", "--json")
    assert (first.json()["verdict"], first.err) == ("success", "")
    simulator.stop()
    for _ in range(3):
        scheduled.clock.advance(minutes=15)
        done = scheduled.run("import-orders", "--scheduled", "--json")
        assert (done.code, done.json()["verdict"], done.error()["error"]) == (5, "error", "connection_failed")
    scheduled.write_config("[api]\nwrong = 1\n")
    assert scheduled.run("import-orders", "--scheduled", "--json").error()["error"] == "settings_error"
    scheduled.config.unlink()
    simulator.start()
    scheduled.clock.advance(minutes=15)
    assert scheduled.good("import-orders", "--scheduled", "--json").err == ""


def test_person_at_a_terminal_always_hears_what_it_came_to(scheduled: Machine, simulator: Simulator) -> None:
    """Whoever types the command to see why it fails is not met with silence, and is never asked anything."""
    simulator.stop()
    assert run(scheduled).err
    scheduled.clock.advance(minutes=15)
    done = scheduled.run("import-orders", "--scheduled", typed="")
    assert (done.code, "2 failed runs in a row" in done.err) == (5, True)


# --- when another import runs ---


def test_import_that_hangs_is_reported(scheduled: Machine, simulator: Simulator) -> None:
    """A lock held for more than three intervals and an hour is a failure, with the process and what to do."""
    run(scheduled)
    simulator.clear_requests()
    with run_lock(scheduled.store, Holder(4711, "2026-11-24T09:30:00Z", "kaufland import-orders")):
        for _ in range(6):
            quiet = run(scheduled, QUARTER)
            assert (quiet.code, quiet.err) == (0, "")
        hung = run(scheduled, QUARTER)
        assert (hung.code, "process 4711" in hung.err, "kill 4711" in hung.err) == (7, True, True)
        assert "1 h 45 min" in hung.err
        again = run(scheduled, QUARTER)
        assert (again.code, again.err) == (7, "")
    assert simulator.requests == []
    assert "work again" in run(scheduled, QUARTER).err


def test_hanging_import_without_a_name_is_reported(scheduled: Machine) -> None:
    """Where the lock does not say who holds it and since when, the scheduled runs remember when they first met it."""
    run(scheduled)
    with run_lock(scheduled.store, Holder(0, "", "")):
        scheduled.store.with_name(f"{scheduled.store.name}.running.json").unlink()
        codes = [run(scheduled, QUARTER).code for _ in range(9)]
    assert codes == [0] * 8 + [7]


def test_imports_that_are_killed_again_and_again_are_reported(
    scheduled: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that never came to its end says nothing itself: the next one does, if it was no single one."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    assert run(scheduled).code == 0
    with monkeypatch.context() as during:
        during.setattr(import_orders, "run_import", killed)
        run(scheduled, QUARTER)
    assert run(scheduled, QUARTER).err == "", "one alone is a machine that was restarted"
    with monkeypatch.context() as during:
        during.setattr(import_orders, "run_import", killed)
        found = [run(scheduled, QUARTER).err for _ in range(12)]
        assert "stopped before it finished" in scheduled.good("status", "--json").json()["failure_message"]
    told = [place for place, err in enumerate(found) if "The scheduled import failed" in err]
    assert told == [2, 6], "at once, an hour later"
    assert "2 failed runs in a row" in found[2]
    assert "work again" in run(scheduled, QUARTER).err
    assert run(scheduled, QUARTER).err == ""


# --- what was mistyped ---


@pytest.mark.parametrize("words", [("--profile", "secnd"), ("--config", "nowhere.toml")])
def test_mistyped_name_in_the_schedule_is_reported(words: tuple[str, str], scheduled: Machine) -> None:
    """A profile or file that is not there is no longer a schedule that does nothing for years."""
    scheduled.more.pop("KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS")
    done = scheduled.run(*words, "import-orders", "--scheduled")
    assert done.code == 3
    assert words[1] in done.err
    assert "setup" in done.err
    assert scheduled.run(*words, "import-orders", "--scheduled").err == ""
    assert scheduled.good("import-orders", "--scheduled").err == "", "not named, so not missed"


def test_settings_that_vanish_are_reported(scheduled: Machine) -> None:
    """Where imports were made before, a settings file that is gone is no quiet end of them."""
    scheduled.more.pop("KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS")
    scheduled.write_config("[order_import]\nauto_import_orders = true\n")
    assert run(scheduled).code == 0
    scheduled.config.unlink()
    done = run(scheduled, QUARTER)
    assert (done.code, str(scheduled.config) in done.err) == (3, True)
    assert "kaufland schedule remove" in done.err
    assert run(scheduled, QUARTER).err == ""


def test_profile_that_lives_in_the_environment_needs_no_file(scheduled: Machine) -> None:
    """Where variables switch auto import on, a named profile without a file imports."""
    assert scheduled.run("--profile", "second", "import-orders", "--scheduled").code == 0
    assert scheduled.store.parent.name == "second"


def test_impossible_profile_is_reported_every_time(scheduled: Machine) -> None:
    """There is no place for a memory of it: each run says so, with exit code 3."""
    for _ in range(3):
        scheduled.clock.advance(minutes=1)
        done = scheduled.run("--profile", "Not A Name", "import-orders", "--scheduled")
        assert (done.code, "profile" in done.err) == (3, True)


# --- the proof of a schedule ---


def test_proof_makes_a_run_at_once_and_is_answered(scheduled: Machine, simulator: Simulator) -> None:
    """Whoever installs a schedule waits for the next run, which imports although it is not due, and says what came."""
    place = scheduled.data / "default"
    run(scheduled)
    simulator.clear_requests()
    verification.ask(place, "one", scheduled.clock.now())
    run(scheduled)
    assert simulator.requests
    assert verification.answered(place, "one") == verification.VerificationAnswer(0, "")
    simulator.clear_requests()
    run(scheduled)
    assert simulator.requests == []


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"KAUFLAND_API_TIMEOUT_SECONDS": "long"}, "timeout_seconds"),
        ({"KAUFLAND_SECRET_KEY": ""}, "secret"),
        ({"KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "false"}, "Auto import is off"),
    ],
    ids=["settings", "secret", "off"],
)
def test_proof_says_why_it_fails(more: dict[str, str], part: str, scheduled: Machine) -> None:
    """Faulty settings, a missing secret, auto import off: the answer has the exit code, the reason and the command."""
    place = scheduled.data / "default"
    verification.ask(place, "one", scheduled.clock.now())
    scheduled.more |= more
    assert run(scheduled).code == 3
    found = verification.answered(place, "one")
    assert found is not None
    assert (found.exit_code, part.lower() in found.message.lower(), bool(found.hint)) == (3, True, True)


def test_another_import_proves_nothing(scheduled: Machine) -> None:
    """What somebody runs by hand may have what a job lacks: the question stays, and the next run answers it."""
    run(scheduled)
    place = scheduled.data / "default"
    verification.ask(place, "one", scheduled.clock.now())
    with run_lock(scheduled.store, Holder(4711, "2026-11-24T09:29:00Z", "kaufland import-orders")):
        assert run(scheduled).code == 0
    assert (verification.answered(place, "one"), verification.begun(place, "one")) == (None, False)
    scheduled.more["KAUFLAND_SECRET_KEY"] = ""
    assert run(scheduled).code == 3
    found = verification.answered(place, "one")
    assert found is not None
    assert (found.exit_code, verification.begun(place, "one")) == (3, True)


def test_proof_that_is_interrupted_is_answered(scheduled: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits hears of a run that was stopped."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scheduled_import, "_try", stopped)
    place = scheduled.data / "default"
    verification.ask(place, "one", scheduled.clock.now())
    assert run(scheduled).code == 130
    found = verification.answered(place, "one")
    assert found is not None
    assert found.exit_code == 130


def test_files_of_killed_runs_are_cleared_by_the_next_one(scheduled: Machine) -> None:
    """Halves of every file that is kept next to the store go, also of those that the run does not write."""
    run(scheduled)
    store = scheduled.store
    change_record(store, lambda record: replace(record, check_seconds=600.0))  # so that it stays as it is for a day
    beside = (
        f"{store.name}.record.json",
        f"{store.name}.running.json",
        NAME,
        verification._QUESTION,
        verification._ANSWER,
    )
    for name in beside:
        left = store.with_name(f".{name}.abcd_123.part")
        left.write_bytes(b"half")
        os.utime(left, (0, 0))
    run(scheduled, QUARTER)
    assert [one for name in beside for one in unfinished(store.with_name(name))] == []
