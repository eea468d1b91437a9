"""A seller's server, and a machine of its own on which a real systemd has come up."""

import time
from collections.abc import Iterator

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator, seller_month
from support.private_machine import SYSTEMD, PrivateMachine, private_machine
from support.sellers import never_due


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Give a month of a seller on the real clock; nothing is ever overdue."""
    now = SystemClock().now
    with Simulator(orders=seller_month(now()), now=now) as found:
        never_due(found)
        yield found


@pytest.fixture
def machine() -> Iterator[PrivateMachine]:
    """Give a machine on which systemd has come up."""
    with private_machine(SYSTEMD, "--uts", "--ipc") as found:
        for _ in range(100):
            if found.run("systemctl", "is-system-running", user=False).out.strip() in {"running", "degraded"}:
                break
            time.sleep(0.1)
        else:
            pytest.skip("systemd does not come up in namespaces of its own here")
        yield found
