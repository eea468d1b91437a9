"""`orders ship --from` killed again and again at random instants: each unit is marked once, with its own number."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator, faults, make_order
from support.clocks import HeldClock
from support.machine import Machine

PROGRAM = [sys.executable, "-m", "kaufland_cli"]


def ship_and_kill(folder: Path, rows: int, kills: int, seed: int) -> int:
    """Kill this many runs over one file, then let one get through; return how many kills struck."""
    chance = random.Random(seed)
    now = SystemClock().now
    orders = [make_order(f"MK{number:05}") for number in range(rows)]
    file = folder / "shipped.csv"
    file.write_text("".join(f"MK{number:05};{500_000_000_000 + number};DHL\n" for number in range(rows)))
    with Simulator(orders=orders, now=now) as simulator:
        machine = Machine(folder / "machine", clock=HeldClock(now()))
        machine.connect(simulator)
        machine.more["KAUFLAND_WRITES_ALLOW"] = "ship"
        machine.good("import-orders")
        simulator.misbehave(faults.slow(0.02), times=None, where=lambda request: request.method == "PATCH")
        words = [*PROGRAM, "orders", "ship", "--from", str(file), "--yes"]
        struck = 0
        for _ in range(kills):
            before = len(simulator.marketplace.done)
            running = subprocess.Popen(words, env=machine.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            end = time.monotonic() + 60
            while len(simulator.marketplace.done) == before and running.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.3))
            struck += running.poll() is None
            running.send_signal(signal.SIGKILL)
            running.wait()
        last = subprocess.run(words, env=machine.environ, capture_output=True, text=True, timeout=300, check=False)
        assert last.returncode == 0, last
        marks = Counter((one.id_order, one.body["tracking_numbers"]) for one in simulator.marketplace.done)
        assert marks == Counter((f"MK{number:05}", str(500_000_000_000 + number)) for number in range(rows))
        ledger = machine.good("actions", "list", "--json").json()
        assert ledger["counts"] == {"planned": 0, "sending": 0, "done": rows, "refused": 0, "in_doubt": 0}
        return struck


@pytest.mark.slow
def test_shipping_survives_a_kill(tmp_path: Path) -> None:
    """What was under way is read back, the rest is sent, and nothing is sent twice."""
    assert ship_and_kill(tmp_path, 60, 1, random.randrange(2**32)) == 1


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
def test_shipping_survives_many_kills(seed: int, tmp_path: Path) -> None:
    """The same for 300 rows and a dozen kills."""
    assert ship_and_kill(tmp_path, 300, 12, seed) > 2
