"""Who hears of scheduled imports: by e-mail, ping, Prometheus, and in passing; and of orders that need a person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.hint import command
from kaufland_cli.monitoring.channels.mail import MailChannel
from kaufland_cli.monitoring.memory import Notification
from kaufland_cli.monitoring.memory_file import change_memory, read_memory
from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.store.sales_order_row import Reason
from kaufland_cli.store.store import Store
from support.machine import Done, Machine
from support.mail_server import MailBox, MailServer
from support.ping_server import PingServer

QUARTER = timedelta(minutes=15)


@pytest.fixture
def scheduled(connected: Machine) -> Machine:
    """Give a machine with auto import every 15 minutes."""
    connected.more |= {
        "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_INTERVAL_MINUTES": "15",
    }
    return connected


@pytest.fixture
def mails(scheduled: Machine) -> Iterator[MailServer]:
    """Give a mail server that the settings name."""
    with MailServer(MailBox()) as server:
        scheduled.more |= {
            "KAUFLAND_MONITORING_MAIL_TO": "ops@example.com",
            "KAUFLAND_MONITORING_SMTP_HOST": "127.0.0.1",
            "KAUFLAND_MONITORING_SMTP_PORT": str(server.port),
            "KAUFLAND_MONITORING_SMTP_SECURITY": "none",
        }
        yield server


def run(machine: Machine, after: timedelta = QUARTER) -> Done:
    """Let time pass and run what cron runs."""
    machine.clock.present += after
    return machine.run("import-orders", "--scheduled")


def subjects(server: MailServer) -> list[str]:
    """Return what the e-mails were about."""
    return [str(message["Subject"]) for message in server.box.messages]


def hold(machine: Machine, id_order: str) -> None:
    """Let a sales order be held, for a reason whose sentence names a buyer."""
    with Store.open(machine.store, machine.clock.now()) as store:
        reason = Reason("company", "That is a company (Muster GmbH).", command("sales-orders", "push", id_order))
        store.sales_orders.hold(id_order, machine.clock.now(), [reason])


# --- orders that need a person ---


def test_units_that_cannot_be_read_are_reported_once_and_daily(scheduled: Machine, simulator: Simulator) -> None:
    """The import is complete, so exit code 6 stays, and one message at once and one a day name order and command."""
    run(scheduled)
    unit = next(iter(simulator.marketplace.units.values()))
    simulator.marketplace.change_unit(unit["id_order_unit"], price="much")
    first = run(scheduled)
    assert first.code == 6
    assert "1 unit could not be read" in first.err
    assert f"{unit['id_order']}: could not be read, the price is" in first.err
    assert f"kaufland orders show {unit['id_order']}" in first.err
    found = [run(scheduled, timedelta(hours=1)) for _ in range(25)]
    assert {done.code for done in found} == {6}
    assert [place for place, done in enumerate(found) if done.err] == [23]
    assert "Still:" in found[23].err
    simulator.marketplace.change_unit(unit["id_order_unit"], price=1999)
    done = run(scheduled)
    assert (done.code, done.err) == (0, "")


def test_order_that_is_overdue_is_reported_at_once_and_daily(
    scheduled: Machine, simulator: Simulator, mails: MailServer
) -> None:
    """Each order once when its deadline has passed, by its id and in Berlin's time, until it is sent."""
    unit = next(unit for unit in simulator.marketplace.units.values() if unit["status"] == "need_to_be_sent")
    key, id_order = unit["id_order_unit"], unit["id_order"]
    simulator.marketplace.change_unit(key, delivery_time_expires_iso="2026-11-24T22:59:59Z")
    run(scheduled)
    run(scheduled)
    assert subjects(mails) == []
    run(scheduled, timedelta(hours=14))
    run(scheduled)
    (message,) = mails.box.messages
    assert "1 order overdue" in str(message["Subject"])
    assert f"{id_order}: overdue, had to be shipped by 2026-11-24 23:59" in message.get_content()
    assert "kaufland orders due" in message.get_content()
    run(scheduled, timedelta(days=1))
    assert len(subjects(mails)) == 2
    simulator.marketplace.change_unit(key, status="sent")
    run(scheduled, timedelta(days=1))
    assert len(subjects(mails)) == 2


def test_unit_that_was_dismissed_is_no_news(scheduled: Machine, simulator: Simulator) -> None:
    """What a person has looked at and dismissed is never reported again."""
    run(scheduled)
    unit = next(iter(simulator.marketplace.units.values()))
    simulator.marketplace.change_unit(unit["id_order_unit"], price="much")
    assert run(scheduled).code == 6
    scheduled.good("orders", "dismiss", unit["id_order"], "--yes")
    found = [run(scheduled, timedelta(hours=1)) for _ in range(25)]
    assert [(done.code, done.err) for done in found] == [(0, "")] * 25


def test_held_sales_orders_are_reported_without_names(scheduled: Machine, simulator: Simulator) -> None:
    """New ones are reported at once, with those already known, by ids and reasons; a buyer's name never is."""
    run(scheduled)
    one, two = sorted({unit["id_order"] for unit in simulator.marketplace.units.values()})[:2]
    hold(scheduled, one)
    first = run(scheduled)
    assert (first.code, f"New:\n  {one}: held, company\n    kaufland sales-orders push {one}" in first.err) == (0, True)
    assert run(scheduled).err == ""
    hold(scheduled, two)
    second = run(scheduled)
    assert f"New:\n  {two}: held" in second.err
    assert f"Still:\n  {one}: held" in second.err
    assert "2 sales orders held" in second.err
    assert "sales-orders list --state held" in second.err
    assert "Muster" not in first.err + second.err


def test_order_that_a_person_holds_is_no_news(scheduled: Machine, simulator: Simulator) -> None:
    """Whoever held it knows it."""
    run(scheduled)
    with Store.open(scheduled.store, scheduled.clock.now()) as store:
        id_order = next(iter(simulator.marketplace.units.values()))["id_order"]
        store.sales_orders.hold(id_order, scheduled.clock.now(), [Reason("by_hand", "I want it.")], by_hand=True)
    assert run(scheduled).err == ""


# --- e-mail ---


def test_email_says_what_cron_would_mail(scheduled: Machine, simulator: Simulator, mails: MailServer) -> None:
    """A failure, an hour later again, its end: three e-mails with the text of the messages, none in between."""
    run(scheduled)
    simulator.stop()
    told = [run(scheduled).err for _ in range(5)]
    simulator.start()
    end = run(scheduled).err
    bodies = [message.get_content().replace("\r\n", "\n").strip() for message in mails.box.messages]
    assert bodies == [told[0].strip(), told[4].strip(), end.strip()]
    assert [subject.split(" (")[0] for subject in subjects(mails)] == [
        "kaufland: import failed",
        "kaufland: import failed",
        "kaufland: imports work again",
    ]
    assert "profile default, simulator" in subjects(mails)[0]


def test_email_that_could_not_be_sent_is_sent_by_the_next_run(
    scheduled: Machine, simulator: Simulator, mails: MailServer
) -> None:
    """One line next to the message says why; the exit code is the import's; the next run sends it, silently."""
    simulator.stop()
    mails.box.refuses = True
    failed = run(scheduled)
    assert failed.code == 5
    assert "could not be sent by e-mail: The mail server 127.0.0.1" in failed.err.splitlines()[-1]
    assert run(scheduled).err == ""
    assert mails.box.messages == []
    mails.box.refuses = False
    assert run(scheduled).err == ""
    assert len(subjects(mails)) == 1
    assert run(scheduled).err == ""
    assert len(subjects(mails)) == 1


def test_notification_that_another_run_could_not_send_is_not_forgotten(
    scheduled: Machine, simulator: Simulator, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a run sends its e-mail, another may end: what that one noted stays, its unsent e-mail too."""
    other = Notification("kaufland: another run", "What it could not send.")
    sent = MailChannel.notify

    def slow(*words: Any, **more: Any) -> None:
        folder = scheduled.store.parent
        change_memory(folder, lambda memory: replace(memory, unsent=other, recoveries=7))
        sent(*words, **more)

    assert run(scheduled).code == 0
    simulator.stop()
    monkeypatch.setattr(MailChannel, "notify", slow)
    run(scheduled)
    assert len(mails.box.messages) == 1
    memory = read_memory(scheduled.store.parent)
    assert (memory.unsent, memory.recoveries) == (other, 7)


def test_recovery_replaces_what_was_never_sent(scheduled: Machine, simulator: Simulator, mails: MailServer) -> None:
    """When the network itself was gone, the one e-mail that arrives says both what failed and that it is over."""
    simulator.stop()
    mails.box.refuses = True
    run(scheduled)
    mails.box.refuses = False
    simulator.start()
    run(scheduled)
    assert [subject.split(" (")[0] for subject in subjects(mails)] == ["kaufland: imports work again"]
    assert "connection refused" in mails.box.messages[0].get_content()


def test_faulty_settings_are_mailed_as_far_as_they_can_be_read(scheduled: Machine, mails: MailServer) -> None:
    """A fault elsewhere in the settings does not keep the e-mail about it from being sent."""
    scheduled.write_config("[api]\ntimeout_seconds = -1\n")
    assert run(scheduled).code == 3
    assert "config.toml:2" in mails.box.messages[0].get_content()


def test_missing_password_is_reported_with_the_message(
    scheduled: Machine, simulator: Simulator, mails: MailServer
) -> None:
    """The message itself is reported all the same."""
    scheduled.more["KAUFLAND_MONITORING_SMTP_USER"] = "ops"
    simulator.stop()
    done = run(scheduled)
    assert (done.code, "connection refused" in done.err) == (5, True)
    assert "KAUFLAND_MAIL_PASSWORD" in done.err.splitlines()[-1]
    assert mails.box.messages == []


# --- ping ---


def test_each_import_gives_its_signs(scheduled: Machine, simulator: Simulator) -> None:
    """Start and success or failure, only of runs that really happen; orders that failed are no failure."""
    with PingServer() as server:
        scheduled.more["KAUFLAND_MONITORING_PING_URL"] = server.url
        run(scheduled)
        run(scheduled, timedelta(minutes=1))
        unit = next(iter(simulator.marketplace.units.values()))
        simulator.marketplace.change_unit(unit["id_order_unit"], price="much")
        assert run(scheduled).code == 6
        simulator.misbehave(faults.wrong_total(99), times=None)
        assert run(scheduled).code == 8
        scheduled.more["KAUFLAND_SECRET_KEY"] = ""
        assert run(scheduled).code == 3
    start, good, bad = ("/ping/s3cret-uuid/start", "/ping/s3cret-uuid", "/ping/s3cret-uuid/fail")
    assert [path for path, _ in server.watched.signs] == [start, good, start, good, start, bad, start, bad]
    assert server.watched.signs[5][1] == (
        "profile default, simulator: exit code 8, failed: 8 import_incomplete; 1 in a row\n"
    )


def test_watcher_that_is_gone_changes_nothing(scheduled: Machine) -> None:
    """Failing to ping never fails the import, and the address stands nowhere."""
    with PingServer() as server:
        scheduled.more["KAUFLAND_MONITORING_PING_URL"] = server.url
    done = run(scheduled)
    assert (done.code, done.err) == (0, "")
    tried = scheduled.run("monitoring", "test")
    assert (tried.code, "s3cret" in tried.out + tried.err) == (5, False)
    assert not any(b"s3cret" in path.read_bytes() for path in scheduled.files())


# --- Prometheus ---


def metrics(path: Path) -> dict[str, str]:
    """Return the samples of a file by name and labels, without those that all have."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    common = 'profile="default",environment="simulator"'
    return dict(line.replace(common, "").replace("{}", "").replace("{,", "{").rsplit(" ", 1) for line in lines)


def test_each_import_writes_the_file_for_prometheus(scheduled: Machine, simulator: Simulator) -> None:
    """Also one that fails, and one that finds no store that can be read; `status --prometheus` writes the same."""
    file = scheduled.config.parent / "kaufland.prom"
    file.parent.mkdir(parents=True)
    scheduled.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"] = "kaufland.prom"
    run(scheduled)
    good = metrics(file)
    assert (good["kaufland_orders"], good["kaufland_import_healthy"], good["kaufland_scheduled_last_exit_code"]) == (
        "40",
        "1",
        "0",
    )
    assert good['kaufland_import_last_verdict{verdict="success"}'] == "1"
    simulator.stop()
    run(scheduled)
    bad = metrics(file)
    assert (bad["kaufland_import_healthy"], bad["kaufland_scheduled_failures_in_a_row"]) == ("0", "1")
    assert bad["kaufland_scheduled_last_exit_code"] == "5"
    other = scheduled.folder / "other.prom"
    scheduled.good("status", "--prometheus", str(other))
    assert metrics(other) == bad
    path = scheduled.store
    path.write_bytes(b"no store" * 1000)
    assert run(scheduled).code == 9
    least = metrics(file)
    assert (least["kaufland_scheduled_last_exit_code"], "kaufland_orders" in least) == ("9", False)
    assert scheduled.run("status", "--prometheus", str(other)).code == 9
    assert metrics(other) == least


def test_file_that_cannot_be_written_is_reported_by_status(scheduled: Machine) -> None:
    """A folder that is not there: exit code 5 with the path; an import goes on all the same."""
    run(scheduled)
    done = scheduled.run("status", "--prometheus", str(scheduled.folder / "nowhere" / "k.prom"))
    assert (done.code, "nowhere" in done.err) == (5, True)
    scheduled.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"] = "/nowhere/k.prom"
    assert run(scheduled).code == 0


# --- trying it ---


def test_every_way_can_be_tried(scheduled: Machine, mails: MailServer) -> None:
    """`monitoring test` tries each way that the settings name, shows each result, and ends with 5 when one fails."""
    scheduled.folder.mkdir()
    with PingServer() as server:
        scheduled.more["KAUFLAND_MONITORING_PING_URL"] = server.url
        scheduled.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"] = str(scheduled.folder / "k.prom")
        done = scheduled.good("monitoring", "test")
        assert [line.split(":")[0][2:] for line in done.out.splitlines()] == ["e-mail", "ping", "prometheus"]
        assert subjects(mails) == ["kaufland: test (profile default, simulator)"]
        assert (scheduled.folder / "k.prom").exists()
        server.watched.status = 404
        scheduled.more["KAUFLAND_MONITORING_WINDOWS_EVENT_LOG"] = "true"
        mails.box.refuses = True
        failed = scheduled.run("monitoring", "test", "--json")
    assert failed.code == 5
    states = {check["what"]: check["state"] for check in failed.json()["checks"]}
    assert states == {"e-mail": "failed", "ping": "failed", "event log": "failed", "prometheus": "passed"}


def test_trying_nothing_says_what_to_set(connected: Machine) -> None:
    """If nobody is to be notified, the error names the setting."""
    done = connected.run("monitoring", "test")
    assert (done.code, "monitoring.mail_to" in done.err) == (3, True)


# --- in passing ---


def test_next_command_warns_that_imports_are_old_or_failing(scheduled: Machine, simulator: Simulator) -> None:
    """One line on stderr at a terminal; nothing in a pipe, nothing as JSON, nothing where all is well."""
    run(scheduled)
    words = ("orders", "list", "--limit", "1")
    assert scheduled.run(*words, typed="").err == ""
    scheduled.clock.advance(hours=1, minutes=1)
    old = scheduled.run(*words, typed="").err
    assert (old.count("\n"), "2026-11-24 10:45" in old, "kaufland status" in old) == (1, True, True)
    scheduled.more["KAUFLAND_MONITORING_MAX_AGE_MINUTES"] = "90"
    assert scheduled.run(*words, typed="").err == ""
    simulator.stop()
    run(scheduled)
    failing = scheduled.run(*words, typed="").err
    assert (failing.count("\n"), "Imports have been failing since 2026-11-24 12:01" in failing) == (1, True)
    assert scheduled.run(*words).err == ""
    assert scheduled.run(*words, "--json", typed="").err == ""
    assert "Imports have been failing" not in scheduled.run("status", typed="").err
    assert "Imports have been failing" in scheduled.run("--profile", "default", "sales-orders", "list", typed="").err
    scheduled.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "false"
    assert scheduled.run(*words, typed="").err == ""


def test_status_shows_health(scheduled: Machine, simulator: Simulator) -> None:
    """Good, failing with since when and how often, good again after an import by hand, old without any."""
    assert scheduled.good("status", "--json").json()["health"] == "never"
    run(scheduled)
    assert scheduled.good("status", "--json").json()["health"] == "good"
    simulator.stop()
    run(scheduled)
    run(scheduled)
    found = scheduled.good("status", "--json").json()
    assert (found["health"], found["failing_since"], found["failures_in_a_row"]) == (
        "failing",
        "2026-11-24T10:00:03Z",
        2,
    )
    assert "connection refused" in found["failure_message"]
    assert "failing since 2026-11-24 11:00, 2 runs in a row" in scheduled.good("status").out
    simulator.start()
    scheduled.clock.advance(minutes=1)
    scheduled.good("import-orders")
    found = scheduled.good("status", "--json").json()
    assert (found["health"], found["failing_since"], found["failures_in_a_row"]) == ("good", None, 0)
    scheduled.clock.advance(hours=2)
    assert scheduled.good("status", "--json").json()["health"] == "old"
    assert "is the schedule still running" in scheduled.good("status").out


def test_doctor_says_that_an_email_waits(scheduled: Machine, simulator: Simulator, mails: MailServer) -> None:
    """Where the mail server is down for days, nobody hears of failures by e-mail: the doctor says that, and why."""
    run(scheduled)
    scheduled.more["KAUFLAND_MONITORING_SMTP_PORT"] = "1"
    scheduled.more["KAUFLAND_SECRET_KEY"] = ""
    assert run(scheduled).code == 3
    found = scheduled.run("doctor", "--json")
    check, cause = [one for one in found.json()["checks"] if one["name"] == "monitoring"]
    assert (found.code, check["state"], check["hint"]) == (8, "failed", "kaufland monitoring test")
    assert (cause["state"], "could not be reached" in cause["message"]) == ("warning", True)
    scheduled.more |= {
        "KAUFLAND_SECRET_KEY": simulator.secret_key,
        "KAUFLAND_MONITORING_SMTP_PORT": str(mails.port),
    }
    run(scheduled)
    checks = scheduled.run("doctor", "--json").json()["checks"]
    assert [one["state"] for one in checks if one["name"] == "monitoring"] == ["ok"]


# --- channels that fail ---


def warnings_of_doctor(machine: Machine) -> list[str]:
    """Return what `doctor` says about notifications."""
    report: dict[str, Any] = machine.run("doctor", "--json").json()
    return [one["message"] for one in report["checks"] if one["name"] == "monitoring" and one["state"] == "warning"]


def test_failed_ping_is_named_by_doctor_until_one_arrives(scheduled: Machine) -> None:
    """A dead ping URL fails no import, and `doctor` names the last failure; a ping or a trial that works ends it."""
    with PingServer() as server:
        scheduled.more["KAUFLAND_MONITORING_PING_URL"] = server.url
        assert run(scheduled).code == 0
        assert warnings_of_doctor(scheduled) == []
        for repair in (("import-orders", "--scheduled"), ("monitoring", "test")):
            server.watched.status = 404
            assert run(scheduled).code == 0
            (warning,) = warnings_of_doctor(scheduled)
            assert warning.startswith("Sending by ping last failed: The watcher at 127.0.0.1")
            assert "HTTP 404" in warning
            assert "s3cret" not in warning
            server.watched.status = 200
            scheduled.clock.present += QUARTER
            assert scheduled.run(*repair).code == 0
            assert warnings_of_doctor(scheduled) == []


def test_failure_of_a_channel_that_is_switched_off_is_forgotten(scheduled: Machine, tmp_path: Path) -> None:
    """A Prometheus file in a missing folder is named; once the settings have no such file, nothing is."""
    scheduled.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"] = str(tmp_path / "missing" / "kaufland.prom")
    assert run(scheduled).code == 0
    memory = read_memory(scheduled.store.parent)
    assert list(memory.channel_failures) == ["prometheus"]
    del scheduled.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"]
    assert run(scheduled).code == 0
    assert read_memory(scheduled.store.parent).channel_failures == {}
