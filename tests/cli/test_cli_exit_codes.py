"""Every exit code can be reached, by the cause that the documentation names."""

import signal
import sqlite3
import sys
import time
from collections.abc import Callable

import pytest

from kaufland_cli.errors import ExitCode
from kaufland_cli.order_import import run as import_run
from kaufland_cli.simulator import MISSING, Simulator, faults, make_order
from support.machine import Machine, units_held
from support.sampling import sampled

Case = Callable[[Machine, Simulator], tuple[str, ...]]


def done(_machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Leave everything as it should be."""
    return ("import-orders",)


def usage(_machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Use an option that does not exist."""
    return ("orders", "list", "--frobnicate")


def settings(machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Have a settings file with a fault."""
    machine.write_config("[api]\ntimeout_seconds = -1\n")
    return ("import-orders",)


def credentials(machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Have a wrong secret key."""
    machine.more["KAUFLAND_SECRET_KEY"] = "0" * 64
    return ("import-orders",)


def unreachable(_machine: Machine, simulator: Simulator) -> tuple[str, ...]:
    """Let nobody listen."""
    simulator.stop()
    return ("import-orders",)


def failing(_machine: Machine, simulator: Simulator) -> tuple[str, ...]:
    """Let Kaufland fail all the time."""
    simulator.misbehave(faults.status(503), times=None)
    return ("import-orders",)


def partly(_machine: Machine, simulator: Simulator) -> tuple[str, ...]:
    """Have a unit that cannot be read."""
    simulator.marketplace.add_order(make_order("MBROKEN", [{"price": MISSING}]))
    return ("import-orders", "--since", "3650d")


def incomplete(_machine: Machine, simulator: Simulator) -> tuple[str, ...]:
    """Let Kaufland promise more than it gives."""
    simulator.misbehave(faults.wrong_total(100_000), times=None, path="/order-units")
    return ("import-orders",)


def unhealthy(_machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Have no import within the time asked for."""
    return ("status", "--max-age", "30m")


def newer_store(machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Have a store of a later version of this program."""
    machine.have_imported(_simulator)
    connection = sqlite3.connect(machine.store)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    return ("orders", "list")


def foreign_store(machine: Machine, _simulator: Simulator) -> tuple[str, ...]:
    """Have a file that is no store."""
    machine.have_imported(_simulator)
    machine.store.write_bytes(b"something else entirely\n" * 400)
    return ("import-orders",)


@pytest.mark.parametrize(
    ("code", "case"),
    [
        (0, done),
        (2, usage),
        (3, settings),
        (4, credentials),
        (5, unreachable),
        (5, failing),
        (6, partly),
        (8, incomplete),
        (8, unhealthy),
        (9, newer_store),
        (9, foreign_store),
    ],
)
def test_each_exit_code_has_its_cause(code: int, case: Case, connected: Machine, simulator: Simulator) -> None:
    """The cause ends the command with its code; without --json in words, with --json as JSON, never a traceback."""
    words = case(connected, simulator)
    plain = connected.run(*words)
    assert plain.code == code, plain
    assert "Traceback" not in plain.err
    as_json = connected.run(*words, "--json")
    assert as_json.code in {code, 0}, as_json  # what failed once is listed, and done after it
    if code in {2, 3, 4, 5, 9}:
        assert plain.out == ""
        assert "→" in plain.err
        found = as_json.error()
        assert found["schema"] == "kaufland.error/1"
        assert found["exit_code"] == code
        assert found["message"]
        assert found["hint"]
        assert found["error"]


def test_fault_of_this_program_is_1(connected: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw ends with 1 and a sentence; the traceback comes with --debug only."""

    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(import_run, "import_orders", break_down)
    plain = connected.run("import-orders")
    assert (plain.code, plain.out) == (1, "")
    assert "Traceback" not in plain.err
    assert "--debug" in plain.err
    assert connected.run("import-orders", "--json").error()["error"] == "program_fault"
    shown = connected.run("--debug", "import-orders")
    assert shown.code == 1
    assert "Traceback" in shown.err
    assert "broken on purpose" in shown.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", sampled([signal.SIGINT, signal.SIGTERM], signal.SIGTERM))
def test_stopped_import_is_130_and_loses_nothing(
    number: signal.Signals, real: Machine, real_simulator: Simulator
) -> None:
    """Ctrl-C and the system's request to end stop an import cleanly; the next one finishes the work."""
    real_simulator.misbehave(faults.slow(20), path="/orders/*", after=2)
    with real.start("import-orders") as process:
        for _ in range(400):
            if sum("/orders/" in asked.target for asked in real_simulator.requests) > 2:
                break
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert b"Stopped" in err
    assert b"Traceback" not in err
    real_simulator.behave()
    assert real.process("import-orders", "--json").json()["verdict"] == "success"
    connection = sqlite3.connect(real.store)
    rows = connection.execute("SELECT id_order_unit, id_order, status FROM v_order_units").fetchall()
    connection.close()
    assert {unit: (order, status) for unit, order, status in rows} == units_held(real_simulator)


def test_no_exit_code_is_left_out() -> None:
    """Each code of the one table is reached in this folder: 7 by two imports at a time, 1 and 130 above."""
    assert {int(code) for code in ExitCode} == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130}
