"""What a person sees next to the result: doubtful settings, stopped imports, what was stored before an error."""

import io
import os
import sqlite3
from datetime import timedelta

import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, faults, make_order
from kaufland_cli.simulator.exchange import Answer, Request
from kaufland_cli.simulator.faults import Proceed
from support.machine import SECRET, Machine, Person


def on_a_terminal(machine: Machine, *words: str) -> tuple[int, str, str]:
    """Run a command where stdout is a terminal too."""
    out, err = Person(), Person()
    context = CliContext(
        environ=machine.environ,
        streams=Streams(io.StringIO(), out, err),
        clock=machine.clock,
        process=Process(os.getpid(), lambda: 0.5),
    )
    return run(words, context), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("command", ["import-orders", "status"])
def test_doubtful_settings_are_reported_to_a_person(command: str, connected: Machine) -> None:
    """A mistyped variable is reported at a terminal, in a pipe and by a job; only JSON stays alone on its stream."""
    connected.more["KAUFLAND_API_USE_PLAYGROND"] = "true"
    assert "KAUFLAND_API_USE_PLAYGROND" in on_a_terminal(connected, command)[2]
    assert "KAUFLAND_API_USE_PLAYGROND" in connected.good(command).err
    assert connected.good(command, "--json").err == ""
    assert on_a_terminal(connected, "import-orders", "--scheduled")[2].count("KAUFLAND_API_USE_PLAYGROND") == 1


def test_storefront_that_is_not_there_is_reported(connected: Machine) -> None:
    """`--storefront` with one that the account does not have is an error that names those that it has."""
    for more in ((), ("--dry-run",)):
        done = connected.run("import-orders", "--storefront", "sk", *more)
        assert (done.code, "de, at, cz, pl" in done.err) == (3, True)


def test_orders_stored_before_an_error_are_shown(connected: Machine, simulator: Simulator) -> None:
    """At a terminal an import that broke off shows what it had stored; one that read nothing shows the error alone."""
    simulator.misbehave(faults.status(500), times=None, path="/order-units")
    code, out, err = on_a_terminal(connected, "import-orders")
    assert (code, out) == (5, "")
    assert "HTTP 500" in err
    simulator.behave()
    stamp = connected.clock.now() - timedelta(days=2)
    for number in range(120):
        simulator.marketplace.add_order(make_order(f"MX{number}", ts_created_iso=stamp, ts_updated_iso=stamp))
    pages = iter([True])

    def refuse_later(request: Request, proceed: Proceed) -> Answer:
        return proceed(request) if next(pages, False) else faults.status(401)(request, proceed)

    simulator.misbehave(refuse_later, times=None, path="/order-units")
    code, out, err = on_a_terminal(connected, "import-orders")
    assert (code, "HTTP 401" in err) == (4, True)
    assert "did not finish" in out


def test_settings_that_are_wrong_keep_their_lines(connected: Machine) -> None:
    """The connection test shows each fault of the settings on a line of its own, with file and line."""
    connected.write_config("[api]\ntimeout_seconds = -1\n[order_import]\ninterval_minutes = 0\n")
    done = connected.run("test-connection")
    lines = [line.strip() for line in done.out.splitlines() if "config.toml:" in line]
    assert done.code == 3
    assert [line.rpartition("config.toml:")[2][:25] for line in lines] == [
        "2: api.timeout_seconds: -",
        "4: order_import.interval_",
    ]


def test_address_without_the_api_is_reported(connected: Machine, simulator: Simulator) -> None:
    """A 404 at the first request says that the base URL is probably wrong, and where to look."""
    connected.more["KAUFLAND_API_BASE_URL"] = simulator.base_url.removesuffix("/v2") + "/v3"
    done = connected.run("test-connection", "--json")
    (step,) = [step for step in done.json()["steps"] if step["state"] == "failed"]
    assert (done.code, step["hint"]) == (5, "kaufland config get api.base_url")
    assert "/v2" in step["message"]


def test_status_shows_an_import_that_was_stopped(connected: Machine, simulator: Simulator) -> None:
    """A run that began and never ended is reported, unless it is running still."""
    connected.have_imported(simulator)
    assert connected.good("status").err == ""
    with sqlite3.connect(connected.store) as store:
        store.execute("INSERT INTO runs (kind, started_at) VALUES ('import', '2026-11-24T10:00:00Z')")
    store.close()
    assert "stopped early" in connected.good("status").err
    assert connected.good("status", "--json").err == ""
    with run_lock(connected.store, Holder(4711, "2026-11-24T10:00:00Z", "kaufland import-orders")):
        assert connected.good("status").err == ""


def test_secret_of_another_length_is_asked_about(connected: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal a secret key of another length replaces nothing unless that is wanted."""
    connected.more |= {"KAUFLAND_SECRET_STORE": "file", "KAUFLAND_SECRET_KEY": ""}
    connected.good("secret", "set", "--secret-stdin", stdin=SECRET)
    path = connected.config.with_name("secret_key")
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "c0ffee")
    for answer, kept in (("", SECRET), ("y", "c0ffee")):
        done = connected.run("secret", "set", typed=f"{answer}\n")
        assert (done.code, "6 characters" in done.err) == (0, True)
        assert path.read_text(encoding="utf-8").strip() == kept
