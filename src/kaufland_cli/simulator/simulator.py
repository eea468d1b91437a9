"""The simulator: one seller account on a local Seller API, its traffic, and its faults."""

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self

from kaufland_cli.simulator.answers import Answers
from kaufland_cli.simulator.exchange import BASE_PATH, Answer, Disconnect, Refusal, Request
from kaufland_cli.simulator.faults import Fault
from kaufland_cli.simulator.marketplace import Marketplace
from kaufland_cli.simulator.orders import SimulatedOrder
from kaufland_cli.simulator.server import HOST, Call, LoopbackServer
from kaufland_cli.simulator.signature import Keys, check_signature
from kaufland_cli.simulator.switches import Switches
from kaufland_cli.simulator.times import system_now
from kaufland_cli.simulator.traffic import Asked, Traffic

DEMO_CLIENT_KEY = "de30" * 8
DEMO_SECRET_KEY = "5ec2e70f" * 8

Hook = Callable[[Request], object]


@dataclass(slots=True)
class Rule:
    """When a fault happens; `struck` counts how often it did."""

    fault: Fault
    times: int | None
    path: str
    offset: int | None
    after: int
    where: Callable[[Request], bool] | None = None
    struck: int = 0
    passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def strikes(self, request: Request) -> bool:
        """Return whether the fault happens to this request, and count it."""
        if self.path and request.path != self.path and not _below(request.path, self.path):
            return False
        if self.offset is not None and request.query.get("offset", ["0"])[-1] != str(self.offset):
            return False
        if self.where is not None and not self.where(request):
            return False
        with self._lock:
            if self.passed < self.after:
                self.passed += 1
                return False
            if self.times is not None and self.struck >= self.times:
                return False
            self.struck += 1
            return True


def _below(path: str, folder: str) -> bool:
    return folder.endswith("/*") and path.startswith(folder[:-1])


class Simulator:
    """A local Seller API v2 on `base_url`, for one seller.

    `now` is the server's clock (UTC). With `playground`, endpoints that Kaufland's playground lacked in 2024 answer
    404. Stopped and started again, it keeps its port and its orders. `partner_keys` (client key, secret key) are
    checked only if they are given here and sent.
    """

    def __init__(
        self,
        *,
        client_key: str = DEMO_CLIENT_KEY,
        secret_key: str = DEMO_SECRET_KEY,
        orders: Iterable[SimulatedOrder] = (),
        storefronts: Collection[str] = ("de", "at", "cz", "pl"),
        playground: bool = False,
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        partner_keys: tuple[str, str] | None = None,
        switches: Switches | None = None,
    ) -> None:
        self.client_key = client_key
        self.secret_key = secret_key
        self.storefronts = tuple(storefronts)
        self.switches = switches or Switches()
        self._now = now or system_now
        self.marketplace = Marketplace(self._now, orders)
        self._answers = Answers(self.marketplace, self.switches, storefronts=self.storefronts, playground=playground)
        self._keys = Keys(client_key, secret_key, *(partner_keys or (None, None)))
        self._traffic = Traffic()
        self._rules: list[Rule] = []
        self._hooks: list[tuple[str, Hook]] = []
        self._failure: Exception | None = None
        self._server: LoopbackServer | None = None
        self._port = port

    # --- running ----------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """The URL of the API; it stays valid while stopped."""
        return f"http://{HOST}:{self._port}{BASE_PATH}"

    def start(self) -> Self:
        """Listen."""
        self._server = LoopbackServer(self._port, self._serve)
        self._port = self._server.port
        self._server.start()
        return self

    def stop(self) -> None:
        """End all connections, wait for all threads, and raise what failed in them, such as a hook."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # --- faults -----------------------------------------------------------------------------------------------------

    def misbehave(
        self,
        fault: Fault,
        *,
        times: int | None = 1,
        path: str = "",
        offset: int | None = None,
        after: int = 0,
        where: Callable[[Request], bool] | None = None,
    ) -> Rule:
        """Apply the fault to the next `times` matching requests (None: all), after `after` of them have passed.

        `path` is a path like `/order-units`, or `/orders/*` for all below it; `offset` selects a page; `where` any
        other condition. Rules nest: the first one gets the request first, and passes on what it lets through.
        """
        rule = Rule(fault, times, path, offset, after, where)
        self._rules.append(rule)
        return rule

    def before_each(self, path: str, hook: Hook) -> None:
        """Call the hook with each request to this path (empty: any path) before it is answered."""
        self._hooks.append((path, hook))

    def behave(self) -> None:
        """Remove all rules and hooks."""
        self._rules.clear()
        self._hooks.clear()

    # --- traffic ----------------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[Asked]:
        """All requests so far, in order of arrival."""
        return self._traffic.all()

    def clear_requests(self) -> None:
        """Clear the record."""
        self._traffic.clear()

    @property
    def busiest_second(self) -> int:
        """The largest number of requests within any one second."""
        return self._traffic.busiest_second()

    # --- answering --------------------------------------------------------------------------------------------------

    def _serve(self, call: Call) -> None:
        request = Request(now=self._now(), **call.read())
        asked = self._traffic.arrived(request)
        try:
            answer = self._answer_within_rate(request, asked)
        except Disconnect as end:
            call.hang_up(reset=end.reset)
            return
        except Exception as failure:  # noqa: BLE001  (whatever it is, the client gets an answer and stop() tells)
            self._failure = failure
            answer = Refusal(500, "server-error", f"{type(failure).__name__}: {failure}").answer()
        asked.status = answer.status
        try:
            call.give(answer, request)
        except Disconnect as end:
            call.hang_up(reset=end.reset)

    def _answer_within_rate(self, request: Request, asked: Asked) -> Answer:
        limit = self.switches.requests_per_second
        if limit is not None and self._traffic.too_fast(asked, limit):
            return Refusal(429, "about:blank", "Too Many Requests").answer()
        for path, hook in tuple(self._hooks):
            if path in {"", request.path}:
                hook(request)
        return self._answer(request, tuple(self._rules))

    def _answer(self, request: Request, rules: tuple[Rule, ...]) -> Answer:
        """Answer through the remaining rules: the first one that applies decides whether the others see the request."""
        for position, rule in enumerate(rules, start=1):
            if rule.strikes(request):
                return rule.fault(request, partial(self._answer, rules=rules[position:]))
        try:
            check_signature(request, self._keys)
            return self._answers.answer(request)
        except Refusal as problem:
            return problem.answer()
