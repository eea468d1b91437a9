"""The doctor makes every check whatever the others find, and names the command that fixes each fault."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from documents.test_commands_in_pages import misunderstood
from kaufland_cli.doctor import store_checks
from kaufland_cli.domain.moments import as_text
from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.store import connection as store_connection
from support.crontab import OwnCrontab
from support.machine import Done, Machine

# Whatever is wrong, these are there, in this order.
ALWAYS = (
    "versions",
    "time zones",
    "settings",
    "settings file",
    "monitoring",
    "secret key",
    "secret key of jobs",
    "DNS lookup",
    "connection",
    "clock",
    "credentials",
    "orders",
    "storefronts",
    "store",
    "disk",
    "store folder",
    "last import",
    "schedule",
    "sales order target",
)
SERIOUSNESS = ("skipped", "ok", "warning", "failed")
IN_A_STORE = (
    "run lock",
    "backups",
    "store content",
    "store links",
    "times in the store",
    "unreadable units",
    "API log",
    "raw data",
)

Break = Callable[[Machine, Simulator], None]


def checks(done: Done) -> dict[str, dict[str, Any]]:
    """Return the checks by name; of several under one name the most serious."""
    found: dict[str, dict[str, Any]] = {}
    for check in done.json()["checks"]:
        assert set(check) == {"name", "state", "message", "hint"}
        known = found.setdefault(check["name"], check)
        if SERIOUSNESS.index(check["state"]) > SERIOUSNESS.index(known["state"]):
            found[check["name"]] = check
    return found


@pytest.fixture
def shop(connected: Machine, simulator: Simulator) -> Machine:
    """Give a machine that has its settings in a file, imports by itself, and has imported."""
    connected.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    connected.write_config("# mine\n")
    connected.config.chmod(0o600)
    connected.have_imported(simulator)
    return connected


@pytest.fixture
def healthy(shop: Machine, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give the same machine with all of it in files, as a job finds it, with the job entered and mails going out."""
    monkeypatch.setattr("kaufland_cli.scheduling.schedulers.why_no_mail", lambda _: "")
    for name in ("KAUFLAND_SECRET_KEY", "KAUFLAND_SECRET_STORE", "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"):
        del shop.more[name]
    shop.write_config(
        f'[api]\nbase_url = "{simulator.base_url}"\nclient_key = "{simulator.client_key}"\n\n'
        '[order_import]\nauto_import_orders = true\n\n[secret]\nstore = "file"\n'
    )
    shop.config.chmod(0o600)
    shop.good("secret", "set", "--secret-stdin", stdin=f"{simulator.secret_key}\n")
    OwnCrontab(shop)
    shop.good("schedule", "install", "--with", "cron", "--no-test-run")
    shop.good("import-orders", "--scheduled")
    shop.good("backup")
    return shop


def test_healthy_machine(healthy: Machine) -> None:
    """Every check is made and none complains: exit 0."""
    done = healthy.run("doctor", "--json")
    found = checks(done)
    assert done.code == 0
    assert done.json()["state"] == "ok"
    assert set(found) == {*ALWAYS, *IN_A_STORE}
    assert {name for name, check in found.items() if check["state"] not in {"ok", "skipped"}} == set()


def test_scheduler_that_sends_no_mail(healthy: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without monitoring nobody would hear of failing imports: that is doubtful; with it, all is well."""
    monkeypatch.setattr("kaufland_cli.scheduling.schedulers.why_no_mail", lambda _: "cron can send no mails here")
    done = healthy.run("doctor", "--json")
    assert done.code == 0
    assert checks(done)["monitoring"]["state"] == "warning"
    assert checks(done)["monitoring"]["hint"] == "kaufland config set monitoring.ping_url URL"
    healthy.good("config", "set", "monitoring.ping_url", "https://watcher.example/id")
    assert checks(healthy.run("doctor", "--json"))["monitoring"]["state"] == "ok"


def test_machine_on_which_nothing_is_set_up(machine: Machine) -> None:
    """The settings are what is wrong; all else that can be looked at is, and nothing is left behind."""
    done = machine.run("doctor", "--json")
    found = checks(done)
    assert done.code == 8
    assert tuple(found) == ALWAYS
    assert {name for name, check in found.items() if check["state"] == "failed"} == {"settings"}
    assert found["settings"]["hint"] == "kaufland setup"
    assert found["disk"]["state"] == "ok"
    assert machine.files() == []


# --- settings and secrets ---


def _faulty_settings(machine: Machine, _: Simulator) -> None:
    machine.write_config('[api]\ntimeout_seconds = "long"\n\n[debug]\nlog_retention_dais = 3\n')


def _doubtful_settings(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_DEBUG_LOG_RETENTION_DAIS"] = "3"


def _readable_settings(machine: Machine, _: Simulator) -> None:
    machine.config.chmod(0o644)


def _no_secret(machine: Machine, _: Simulator) -> None:
    del machine.more["KAUFLAND_SECRET_KEY"]
    machine.more["KAUFLAND_SECRET_STORE"] = "file"


def _short_secret(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_SECRET_KEY"] = "5ec2e70f"


def _no_mail_password(machine: Machine, _: Simulator) -> None:
    machine.write_config(
        '[monitoring]\nmail_to = "ada@example.com"\nsmtp_host = "mail.example.com"\nsmtp_user = "ada"\n'
    )


def _personal_data_in_the_log(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_DEBUG_LOG_PERSONAL_DATA"] = "true"


# --- Kaufland ---


def _nowhere(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_API_BASE_URL"] = "https://sellerapi.kaufland.invalid/v2"


def _gone(_: Machine, simulator: Simulator) -> None:
    simulator.stop()


def _clock_off(_: Machine, simulator: Simulator) -> None:
    simulator.misbehave(faults.clock_skew(20 * 60), times=None)


def _refused(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_SECRET_KEY"] = "0123abcd" * 8


def _no_rights(_: Machine, simulator: Simulator) -> None:
    simulator.misbehave(faults.status(403), times=None, path="/order-units")


# --- store ---


def _sql(machine: Machine, *statements: str) -> None:
    with closing(sqlite3.connect(machine.store, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def _foreign_file(machine: Machine, _: Simulator) -> None:
    machine.store.write_text("This is no store.\n" * 1000)


def _damaged(machine: Machine, _: Simulator) -> None:
    with closing(sqlite3.connect(machine.store)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'addresses'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with machine.store.open("r+b") as file:
        file.seek(page * size - 400)
        file.write(b"\xff" * 400)


def _newer(machine: Machine, _: Simulator) -> None:
    _sql(machine, "PRAGMA user_version = 9999")


def _broken_links(machine: Machine, _: Simulator) -> None:
    _sql(machine, "UPDATE order_units SET product_no = 99999 WHERE rowid = (SELECT min(rowid) FROM order_units)")


def _readable_store(machine: Machine, _: Simulator) -> None:
    machine.store.chmod(0o644)


# --- imports ---


def _old(machine: Machine, _: Simulator) -> None:
    machine.clock.advance(minutes=61)


def _failing(machine: Machine, simulator: Simulator) -> None:
    simulator.misbehave(faults.status(503), times=None)
    assert machine.run("import-orders").code == 5
    simulator.behave()


def _unread(machine: Machine, simulator: Simulator) -> None:
    simulator.marketplace.change_unit(next(iter(simulator.marketplace.units)), price="much")
    assert machine.run("import-orders").code == 6


def _held(machine: Machine, _: Simulator) -> None:
    order = machine.good("orders", "list", "--json").json()["orders"][0]["id_order"]
    machine.good("sales-orders", "hold", order)


def _large_log(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_DEBUG_LOG_MAX_MEGABYTES"] = "1"
    _sql(
        machine,
        "INSERT INTO request_log (at, attempt, method, endpoint, url, bytes)"
        " VALUES ('2026-11-24T09:30:00Z', 1, 'GET', '/orders', 'https://x.example/orders', 2000000)",
    )


def _large_raw(machine: Machine, _: Simulator) -> None:
    machine.more["KAUFLAND_PRIVACY_RAW_MAX_MEGABYTES"] = "1"
    _sql(
        machine,
        "INSERT INTO unreadable_units (unreadable_key, reason, raw, first_seen_at, last_seen_at)"
        " VALUES ('x', 'y', printf('%2000000d', 1), '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z')",
    )


def _no_folder_for_sales_orders(machine: Machine, _: Simulator) -> None:
    in_the_way = machine.folder / "in-the-way"
    in_the_way.write_text("a file")
    machine.write_config(
        "[order_import]\ncreate_sales_orders = true\ndefault_customer_no = 'D1'\n"
        f"[sales_orders]\nshipping_number = '8400'\nfolder = '{in_the_way / 'out'}'\n"
    )
    machine.config.chmod(0o600)


FAULTS: list[tuple[Break, str, str, str, str]] = [
    (_faulty_settings, "settings", "failed", "there is no such key", "kaufland config list"),
    (_doubtful_settings, "settings", "warning", "LOG_RETENTION_DAYS", "kaufland config list"),
    (_readable_settings, "settings file", "warning", "by others", "chmod 600 "),
    (_no_secret, "secret key", "failed", "there is no such file", "kaufland secret set"),
    (_short_secret, "secret key", "warning", "has 8 characters", "kaufland secret set"),
    (_no_mail_password, "monitoring", "failed", "password of the mail server", "KAUFLAND_MAIL_PASSWORD"),
    (_personal_data_in_the_log, "personal data", "warning", "are kept", "config set debug.log_personal_data false"),
    (_nowhere, "DNS lookup", "failed", "sellerapi.kaufland.invalid", "kaufland config get api.base_url"),
    (_gone, "connection", "failed", "Could not connect", "kaufland test-connection"),
    (_clock_off, "clock", "failed", "behind", "kaufland test-connection"),
    (_refused, "credentials", "failed", "refused the credentials", "kaufland setup"),
    (_no_rights, "orders", "failed", "", "kaufland test-connection"),
    (_foreign_file, "store", "failed", "not a store of this program", "kaufland import-orders"),
    (_damaged, "store content", "failed", "is damaged", "kaufland import-orders"),
    (_newer, "store", "failed", "newer version", "pipx upgrade kaufland-cli"),
    (_broken_links, "store links", "failed", "1 in order_units", "kaufland restore"),
    (_readable_store, "store rights", "warning", "by others", "chmod 600 "),
    (_old, "last import", "failed", "61 minutes ago", "kaufland import-orders"),
    (_failing, "last import", "warning", "was incomplete", "kaufland import-orders"),
    (_unread, "unreadable units", "warning", "1 unit", "kaufland orders list --failed"),
    (_held, "sales orders", "warning", "1 order held back", "kaufland sales-orders list --state held"),
    (_large_log, "API log", "warning", "1 MB are allowed", "kaufland log prune"),
    (_large_raw, "raw data", "warning", "1 MB are allowed", "kaufland import-orders"),
    (_no_folder_for_sales_orders, "sales order target", "failed", "folder", "kaufland config set sales_orders.folder"),
]


@pytest.mark.parametrize(
    ("broken", "name", "state", "said", "hint"), FAULTS, ids=lambda one: getattr(one, "__name__", "")
)
def test_damage_is_found(
    shop: Machine, simulator: Simulator, broken: Break, name: str, state: str, said: str, hint: str
) -> None:
    """Each fault has its check, which says what is wrong and which command fixes it; all other checks are made too."""
    broken(shop, simulator)
    done = shop.run("doctor", "--json")
    found = checks(done)
    assert set(found) >= set(ALWAYS)
    assert found[name]["state"] == state
    assert said in found[name]["message"]
    assert hint in found[name]["hint"]
    states = {check["state"] for check in done.json()["checks"]}
    assert done.code == (8 if "failed" in states else 0)
    assert done.json()["state"] == ("failed" if "failed" in states else "warning")
    for check in done.json()["checks"]:
        assert check["hint"] or check["state"] in {"ok", "skipped"}, "nothing says what fixes it"
        for command in commands_in(check["hint"]):
            assert misunderstood(command) == ""


def commands_in(hint: str) -> list[list[str]]:
    """Return the words of each command of this program in a hint."""
    found: list[str] = re.findall(r"(?:^|: |\()kaufland ([^,();…]+)", hint)
    return [command.rstrip(". ").split() for command in found]


def test_checks_of_kaufland_are_skipped_without_a_secret_key(shop: Machine, simulator: Simulator) -> None:
    """Without a secret key it is still seen whether the server answers and whether the clock is right."""
    _no_secret(shop, simulator)
    assert checks(shop.run("doctor", "--json"))["credentials"]["state"] == "skipped"
    _clock_off(shop, simulator)
    found = checks(shop.run("doctor", "--json"))
    assert [found[name]["state"] for name in ("DNS lookup", "connection", "clock", "credentials")] == [
        "ok",
        "ok",
        "failed",
        "skipped",
    ]


def test_store_is_looked_through_while_the_settings_are_wrong(shop: Machine, simulator: Simulator) -> None:
    """Settings at fault do not hide a damaged store."""
    _damaged(shop, simulator)
    _faulty_settings(shop, simulator)
    found = checks(shop.run("doctor", "--json"))
    assert found["settings"]["state"] == found["store content"]["state"] == "failed"


def test_looking_changes_nothing(shop: Machine) -> None:
    """The store's bytes, its rights and the files next to it stay as they were; only the check itself is recorded."""

    def found() -> dict[Path, tuple[bytes, int]]:
        files = [path for path in shop.files() if not path.name.endswith(".record.json")]
        return {path: (path.read_bytes(), path.stat().st_mode) for path in files}

    shop.store.chmod(0o644)
    before = found()
    shop.run("doctor", "--json")
    assert found() == before


def test_older_store_is_left_as_it_is(shop: Machine) -> None:
    """That it will be brought up to date is said; doing so is left to the commands that need it."""
    _sql(shop, "PRAGMA user_version = 3")
    done = shop.run("doctor", "--json")
    found = checks(done)
    assert (found["store"]["state"], found["store"]["hint"]) == ("warning", "kaufland status")
    assert found["last import"]["state"] == "skipped"
    assert not (shop.store.parent / "backups").exists()


def test_store_held_by_another_program(shop: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said that nothing can be written; what can be read is looked at."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(shop.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = shop.run("doctor", "--json")
    stores = [check for check in done.json()["checks"] if check["name"] == "store"]
    assert [check["state"] for check in stores] == ["ok", "failed"]
    assert "Another program is using" in stores[1]["message"]
    assert checks(done)["store content"]["state"] == "ok"


def test_import_that_runs_for_hours(shop: Machine) -> None:
    """One that has just begun is normal; one that goes on for hours is named with its process."""
    with run_lock(shop.store, Holder(4711, as_text(shop.clock.now()), "kaufland import-orders")):
        assert checks(shop.run("doctor", "--json"))["run lock"]["state"] == "ok"
        shop.clock.advance(hours=4)
        found = checks(shop.run("doctor", "--json"))["run lock"]
    assert found["state"] == "warning"
    assert "4711" in found["message"]
    assert "kill 4711" in found["hint"]


def test_large_store_is_not_looked_through_for_ever(healthy: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that takes too long is given up, and says how to look with more time."""
    monkeypatch.setattr(store_checks, "CHECK_SECONDS", -1.0)
    monkeypatch.setattr(store_checks, "FULL_SECONDS", -1.0)
    monkeypatch.setattr(store_connection, "STEPS_BETWEEN_CHECKS", 1)
    done = healthy.run("doctor", "--json")
    found = checks(done)
    assert done.code == 0
    assert [found[name]["state"] for name in ("store content", "store links")] == ["warning", "warning"]
    assert found["store content"]["hint"] == "kaufland doctor --full"
    found = checks(healthy.run("doctor", "--full", "--json"))
    assert "PRAGMA quick_check" in found["store content"]["hint"]


def test_large_store_that_imports_have_checked_is_not_checked_again(
    healthy: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says when that was; after a week, or with --full, it is checked while one waits."""
    monkeypatch.setattr(store_checks, "LARGE", 1)
    (path,) = (one for one in healthy.data.rglob("*.sqlite3") if one.parent.name != "backups")
    with closing(sqlite3.connect(path)) as store:
        store.execute("UPDATE row_counts SET units = units + 1")
        store.commit()
    lately = checks(healthy.run("doctor", "--json"))
    assert [lately[name]["state"] for name in ("store content", "store links")] == ["ok", "ok"]
    assert "doctor --full checks it now" in lately["store content"]["message"]
    assert checks(healthy.run("doctor", "--full", "--json"))["store links"]["state"] == "failed"


def test_large_store_that_was_checked_long_ago_is_checked(healthy: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What imports found counts for a week."""
    monkeypatch.setattr(store_checks, "LARGE", 1)
    healthy.clock.advance(days=8)
    assert "SQLite integrity check" in checks(healthy.run("doctor", "--json"))["store content"]["message"]


def test_disk_with_little_room(shop: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is full it is said that it will be."""
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 10**7, 10**7)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = checks(shop.run("doctor", "--json"))["disk"]
    assert (found["state"], found["hint"]) == ("warning", "Free some space on that disk, then: kaufland doctor")
    assert "9.5 MB free" in found["message"]
    monkeypatch.setitem(shop.more, "KAUFLAND_UI_LOCALE", "de_DE")
    message = checks(shop.run("doctor", "--json"))["disk"]["message"]
    assert message.startswith("9,5 MB free"), "in the form of all other numbers on this screen"


def test_folder_that_cannot_be_written(machine: Machine) -> None:
    """A file in the place of the folder is reported as what it is."""
    machine.data.mkdir(parents=True)
    (machine.data / "default").write_text("a file")
    found = checks(machine.run("doctor", "--json"))["store folder"]
    assert found["state"] == "failed"
    assert "kaufland config path store" in found["hint"]


def test_copies_are_counted(shop: Machine) -> None:
    """How many there are, and how old the newest is."""
    folder = shop.store.parent / "backups"
    folder.mkdir()
    shutil.copy(shop.store, folder / "one.sqlite3")
    assert "1 in the backups folder" in checks(shop.run("doctor", "--json"))["backups"]["message"]


def test_imports_that_never_were_complete(connected: Machine, simulator: Simulator) -> None:
    """With automatic imports that is a fault, without it is doubtful."""
    simulator.misbehave(faults.status(503), times=None, path="/order-units")
    assert connected.run("import-orders").code == 5
    assert checks(connected.run("doctor", "--json"))["last import"]["state"] == "warning"
    connected.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    found = checks(connected.run("doctor", "--json"))["last import"]
    assert found["state"] == "failed"
    assert "There has been no complete import yet" in found["message"]


def test_hints_mean_the_same_settings(shop: Machine, tmp_path: Path) -> None:
    """Called with another settings file, the commands to type name that file too."""
    other = tmp_path / "other.toml"
    other.write_text("[api]\ntimeout_seconds = 'long'\n")
    found = checks(shop.run("--config", str(other), "doctor", "--json"))
    assert f"kaufland --config {other} config list" in found["settings"]["hint"]


def test_for_a_person(healthy: Machine, simulator: Simulator) -> None:
    """Each check is a line, what fixes it stands below, and the end says how many failed."""
    _unread(healthy, simulator)
    done = healthy.run("doctor")
    assert done.code == 0
    lines = done.out.splitlines()
    assert any(line.startswith("✓ versions ") for line in lines)
    at = next(i for i, line in enumerate(lines) if line.startswith("! unreadable units"))
    assert lines[at + 1] == "  → kaufland orders list --failed"
    marked = [line for line in lines[:-1] if line and not line.startswith(" ")]
    doubtful = [line for line in marked if line.startswith("! ")]
    assert len(doubtful) == len({"orders", "unreadable units"})  # Kaufland still sends what could not be read
    assert lines[-1] == f"! No check failed; {len(doubtful)} warnings in {len(marked)} checks."


def test_default_storefront_is_checked(connected: Machine) -> None:
    """`doctor` and `test-connection` warn of one that the account lacks; it narrows no import."""
    connected.more["KAUFLAND_API_DEFAULT_STOREFRONT"] = "it"
    imported = connected.good("import-orders", "--json").json()
    found = checks(connected.run("doctor", "--json"))["storefronts"]
    assert (found["state"], "default storefront it" in found["message"]) == ("warning", True)
    assert "default storefront it" in connected.good("test-connection").out
    assert imported["orders_new"] > 1


def test_default_storefront_filters_nothing(machine: Machine, simulator: Simulator) -> None:
    """With one set, every command sends the requests and shows the orders that it would without; `config` says so."""
    asked, shown = [], []
    for default in ("", "at"):
        own = Machine(machine.folder.with_name(f"default-{default or 'none'}"))
        own.connect(simulator)
        own.more |= {"KAUFLAND_API_DEFAULT_STOREFRONT": default}
        begin = len(simulator.requests)
        for words in (
            ("import-orders",),
            ("reconcile",),
            ("orders", "refresh", "MLZY7P4"),
            ("import-orders", "--dry-run"),
        ):
            own.run(*words)
        asked.append(sorted(request.target for request in simulator.requests[begin:]))
        shown.append(own.good("orders", "list", "--json").json()["orders"])
    assert asked[0] == asked[1]
    assert shown[0] == shown[1]
    assert len({order["storefront"] for order in shown[1]}) > 1
    said = own.good("config", "set", "api.default_storefront", "at").err
    assert "api.default_storefront has no effect now: only active when a call needs a storefront" in said


def test_missing_optional_parts_are_a_warning(shop: Machine) -> None:
    """Nobody who is notified, and no copy of the store, are warnings with a way out, never ticks."""
    found = checks(shop.run("doctor", "--json"))
    for name, command in (("monitoring", "kaufland config set monitoring.ping_url"), ("backups", "kaufland backup")):
        assert found[name]["state"] == "warning"
        assert command in found[name]["hint"]


def test_metrics_file_that_cannot_be_written_is_found(shop: Machine) -> None:
    """`doctor` writes the Prometheus file as an import does, and names what keeps it from being written."""
    shop.more["KAUFLAND_MONITORING_PROMETHEUS_FILE"] = str(shop.folder / "missing" / "kaufland.prom")
    done = shop.run("doctor", "--json")
    said = [one for one in done.json()["checks"] if one["name"] == "monitoring" and one["state"] == "failed"]
    assert (done.code, "could not be written" in said[0]["message"]) == (8, True)
    (shop.folder / "missing").mkdir()
    assert checks(shop.run("doctor", "--json"))["monitoring"]["state"] == "ok"


def test_settings_that_cannot_be_read_are_not_ticked_off(connected: Machine) -> None:
    """A settings file that is there and cannot be read is a failed check of the file too."""
    connected.config.mkdir(parents=True)
    found = checks(connected.run("doctor", "--json"))["settings file"]
    assert (found["state"], "cannot be read" in found["message"]) == ("failed", True)
