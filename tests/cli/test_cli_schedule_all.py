"""One entry for several sellers: installed, proved for each of them, and run for each of them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kaufland_cli.app import schedule_job
from kaufland_cli.app.schedule_job import Owner
from kaufland_cli.cli.context import CliContext
from kaufland_cli.simulator import Simulator, make_order
from support.crontab import OwnCrontab
from support.sampling import sampled
from support.sellers import Sellers

if sys.platform == "win32":
    pytest.skip("cron is POSIX's", allow_module_level=True)

INSTALL = ("schedule", "install", "--all-profiles", "--with", "cron")


@pytest.fixture(autouse=True)
def _own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the entry be that of a user of its own, so that no schedule of whoever runs the tests is looked at."""
    own = Owner("seller", os.getuid(), os.getgid(), tmp_path / "machine" / "home")

    def owner(_context: CliContext, _run_as: str | None) -> Owner:
        return own

    monkeypatch.setattr(schedule_job, "owner_of_entry", owner)


def test_every_profile_verifies_the_entry(sellers: Sellers, start: Callable[..., Simulator]) -> None:
    """The one run of the proof imports for each that imports by itself, and leaves no question behind."""
    off = sellers.add("off", start([make_order("MOFF")]), automatic=False)
    crontab = OwnCrontab(sellers.machine, runs=True)
    done = sellers.machine.run(*INSTALL)
    assert done.code == 0, done
    assert "verified by a test run" in done.err
    assert sellers.orders("default") > 10
    assert sellers.orders("second") == 1
    assert off.requests == []
    assert crontab.text.count("import-orders --scheduled --all-profiles") == 1
    assert crontab.mail == ""
    assert list(sellers.machine.data.rglob("schedule-verification*")) == []


@pytest.mark.long
def test_seller_who_is_not_the_first_proves_it_too(sellers: Sellers) -> None:
    """Without a profile `default` the others answer."""
    sellers.config("default").unlink()
    OwnCrontab(sellers.machine, runs=True)
    done = sellers.machine.run(*INSTALL)
    assert done.code == 0, done
    assert sellers.orders("second") == 1
    assert not (sellers.machine.data / "default").exists()
    assert sellers.machine.good("--profile", "second", "schedule", "status", "--json").json()["in_sync"] is True


@pytest.mark.long
@pytest.mark.parametrize("broken", sampled(["default", "second"], "default"))
def test_profile_that_failed_is_named(sellers: Sellers, broken: str) -> None:
    """Whichever fails, the proof fails with its message and exit code; the other one has imported."""
    sellers.simulators[broken].stop()
    crontab = OwnCrontab(sellers.machine, runs=True)
    done = sellers.machine.run(*INSTALL)
    assert done.code == 5, done
    other = "second" if broken == "default" else "default"
    assert f"Profile {broken}: " in done.err
    assert f"Profile {other}" not in done.err
    assert sellers.orders(other) > 0
    assert crontab.text.count("import-orders --scheduled --all-profiles") == 1
    assert f"Profile {broken}:" in crontab.mail
    assert f"Profile {other}" not in crontab.mail


def test_every_profile_may_write_where_it_writes(sellers: Sellers, tmp_path: Path) -> None:
    """The unit of systemd lets an import write where any of the profiles does, `~` and relative paths included."""
    for name, folder in (("default", "~/mine"), ("second", str(tmp_path / "theirs"))):
        sellers.machine.good("--profile", name, "config", "set", "sales_orders.target", "file")
        sellers.machine.good("--profile", name, "config", "set", "sales_orders.folder", folder)
        sellers.machine.good("--profile", name, "config", "set", "monitoring.prometheus_file", f"{folder}.d/x.prom")
    unit = sellers.machine.good("schedule", "install", "--all-profiles", "--with", "systemd", "--system", "--dry-run")
    # With a minus in front: /tmp, below which this test itself lies.
    written = [line.split("=")[1] for line in unit.out.splitlines() if line.startswith("ReadWritePaths=/")]
    home = tmp_path / "machine" / "home"
    hosts = {name: own.base_url.split("/")[2].replace(":", "-") for name, own in sellers.simulators.items()}
    sales_orders = [str(home / "mine" / hosts["default"]), str(tmp_path / "theirs" / hosts["second"])]
    metrics = [str(home / "mine.d"), str(tmp_path / "theirs.d")]
    assert sorted(written) == sorted([str(sellers.machine.data), *sales_orders, *metrics])


def test_systemd_unit_cannot_have_the_credentials_of_several(sellers: Sellers) -> None:
    """With a secret key that systemd hands over, each profile needs an entry of its own, and that is said."""
    OwnCrontab(sellers.machine)
    sellers.machine.good("--profile", "second", "config", "set", "secret.store", "systemd")
    refused = sellers.machine.run(*INSTALL, "--no-test-run")
    assert refused.code == 8
    assert "given that of one of them" in " ".join(refused.err.split())
    assert "--profile NAME schedule install" in refused.err
