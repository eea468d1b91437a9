"""Checks whether Kaufland is reachable and accepts this account, using the connection test."""

from collections.abc import Iterator
from typing import Final

from kaufland_cli.clock import Clock
from kaufland_cli.doctor.check import Check, State, skipped
from kaufland_cli.doctor.connection_test import ConnectionStep, ConnectionTest
from kaufland_cli.domain.numbers import NumberForm
from kaufland_cli.seller_api.endpoints import SellerApi

STATES: Final[dict[str, State]] = {"passed": "ok", "failed": "failed", "warning": "warning", "skipped": "skipped"}
CONNECTION_STEPS: Final = ("DNS lookup", "connection", "clock", "credentials", "orders", "storefronts")
NEEDS_SECRET: Final = ("credentials", "orders", "storefronts")


def connection_checks(
    api: SellerApi, clock: Clock, numbers: NumberForm, *, signed: bool, default_storefront: str = ""
) -> Iterator[Check]:
    """Yield the steps from the DNS lookup to the storefronts.

    Without a secret key (`signed` is false) the requests are signed with a random one: that still shows whether the
    server answers and what its time is.
    """
    test = ConnectionTest(clock, lambda _step: None, numbers, default_storefront)
    test.api(api)
    error = test.report.error
    for step in test.report.steps:
        if not signed and step.step in NEEDS_SECRET:
            yield skipped(step.step, "There is no secret key to sign requests with.")
        else:
            shared = error.code_name() if error is not None and step.state == "failed" else _shared(step)
            yield Check(step.step, STATES[step.state], step.message, step.hint, shared)


def _shared(step: ConnectionStep) -> str:
    """Return what a report may say about a step; host names and totals stay out of it."""
    return step.message if step.step in {"connection", "clock", "credentials"} else ""
