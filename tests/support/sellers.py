"""A machine with several sellers, each with a profile and a simulator of its own."""

import io
import os
from pathlib import Path

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.machine import Machine


class Sellers:
    """A machine with a profile for each simulator."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder / "machine", clock=HeldClock(SystemClock().now()))
        self.simulators: dict[str, Simulator] = {}

    def config(self, profile: str) -> Path:
        """Return the settings file of a profile."""
        usual = self.machine.config
        return usual if profile == "default" else usual.parent / "profiles" / profile / usual.name

    def add(self, profile: str, simulator: Simulator, *, automatic: bool = True, secret: str = "") -> Simulator:
        """Set a profile up as a person does, with its own file."""
        self.simulators[profile] = simulator
        never_due(simulator)
        own = self.config(profile)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(
            f'[api]\nbase_url = "{simulator.base_url}"\nclient_key = "{simulator.client_key}"\ntimeout_seconds = 60\n'
            f"[order_import]\nauto_import_orders = {str(automatic).lower()}\n[secret]\nstore = 'file'\n"
        )
        (own.parent / "secret_key").write_text(secret or simulator.secret_key)
        (own.parent / "secret_key").chmod(0o600)
        return simulator

    def orders(self, profile: str) -> int:
        """Return how many orders the profile has stored."""
        return int(self.machine.good("--profile", profile, "status", "--json").json()["orders"])

    def context(self) -> CliContext:
        """Return a session on the real clock."""
        streams = Streams(io.StringIO(), io.StringIO(), io.StringIO())
        return CliContext(self.machine.environ, streams, SystemClock(), Process(os.getpid(), lambda: 0.5))


def never_due(simulator: Simulator) -> None:
    """Give the seller all the time to ship, for tests in which days pass and nothing is to be overdue."""
    for key in simulator.marketplace.units:
        simulator.marketplace.change_unit(key, touch=False, delivery_time_expires_iso="2099-12-31T22:59:59Z")
