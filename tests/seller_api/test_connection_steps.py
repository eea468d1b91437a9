"""The connection test names the step that fails, says why, and what to do."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from kaufland_cli.app.connection import seller_api
from kaufland_cli.doctor.connection_test import STEPS, ConnectionReport, ConnectionStep, ConnectionTest
from kaufland_cli.errors import (
    ClockWrong,
    CredentialsRefused,
    ExitCode,
    KauflandBusy,
    NameNotResolved,
    ResponseUnreadable,
    RightsMissing,
    SecretMissing,
    SecretSourceFailed,
    SettingsError,
)
from kaufland_cli.output.records.checks import connection_record
from kaufland_cli.secrets import SecretKey
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.settings import Settings, masked
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Simulator, faults, make_order
from kaufland_cli.simulator.faults import Fault
from support.clocks import HeldClock
from support.seller_api import ListeningLog, open_client, raw_server, whole_answer


def settings_of(url: str, **api: Any) -> Settings:
    """Return settings that name this server."""
    chosen = {
        "base_url": url,
        "client_key": DEMO_CLIENT_KEY,
        "requests_per_second": 100.0,
        "timeout_seconds": 5.0,
    } | api
    return Settings.model_validate({"api": chosen})


@dataclass
class Tried:
    """What one connection test said."""

    report: ConnectionReport
    shown: list[ConnectionStep] = field(default_factory=list)

    @property
    def failed(self) -> str:
        """The one step that failed."""
        (step,) = [step.step for step in self.report.steps if step.state == "failed"]
        return step

    @property
    def states(self) -> dict[str, str]:
        """The state of each step."""
        assert tuple(step.step for step in self.report.steps) == STEPS
        return {step.step: step.state for step in self.report.steps}

    def step(self, name: str) -> ConnectionStep:
        """One step."""
        (found,) = [step for step in self.report.steps if step.step == name]
        return found


def tried(
    settings: Settings, clock: HeldClock, secret: str = DEMO_SECRET_KEY, partner: SecretKey | None = None
) -> Tried:
    """Run the whole test."""
    shown: list[ConnectionStep] = []
    test = ConnectionTest(clock, shown.append)
    assert test.settings(lambda: settings) is settings
    key = test.secret(lambda: (SecretKey(secret), "the file"))
    assert key is not None
    with seller_api(settings, key, partner, clock=clock, random=lambda: 0.5) as api:
        test.api(api)
    return Tried(test.report, shown)


@pytest.fixture
def clock() -> HeldClock:
    """Give the clock of client and server."""
    return HeldClock()


@pytest.fixture
def simulator(clock: HeldClock) -> Iterator[Simulator]:
    """Give a simulator with two units."""
    with Simulator(now=clock.now) as simulator:
        simulator.marketplace.add_order(make_order("M1", [{}, {}]))
        yield simulator


def test_success_shows_what_was_found(simulator: Simulator, clock: HeldClock) -> None:
    """Environment, address, masked key, storefronts, skew, round trip; each step passed, in order, as it happened."""
    done = tried(settings_of(simulator.base_url), clock)
    record = connection_record(done.report)
    assert {name: value for name, value in record.items() if name != "steps"} == {
        "success": True,
        "environment": "simulator",
        "base_url": simulator.base_url,
        "client_key": "de30…de30",
        "storefronts": ["de", "at", "cz", "pl"],
        "skew_seconds": 0.0,
        "round_trip_ms": 0,
    }
    assert set(done.states.values()) == {"passed"}
    assert done.shown == done.report.steps
    assert "2 units" in done.step("orders").message
    assert DEMO_SECRET_KEY not in str(record)
    assert DEMO_CLIENT_KEY not in str(record)


def test_unknown_host_fails_at_the_dns_lookup(clock: HeldClock) -> None:
    """Nothing behind it was reached."""
    done = tried(settings_of("https://nowhere.invalid/v2"), clock)
    assert done.failed == "DNS lookup"
    assert isinstance(done.report.error, NameNotResolved)
    assert done.report.error.exit_code == ExitCode.UNREACHABLE
    assert [done.states[step] for step in STEPS[3:]] == ["skipped"] * 5
    assert done.shown[-1].step == "DNS lookup"  # steps that were not reached are in the report only


def test_refused_connection_fails_at_the_connection(clock: HeldClock) -> None:
    """The DNS lookup passed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = tried(settings_of(f"http://127.0.0.1:{port}/v2"), clock)
    assert (done.failed, done.states["DNS lookup"]) == ("connection", "passed")


@pytest.mark.parametrize(
    "fault",
    [
        faults.hang(),
        faults.reset_connection(),
        faults.status(503),
        faults.status(404),
        faults.html_page(),
        faults.redirect("https://elsewhere.example/"),
        faults.cut_body(),
        faults.null_data(),
        faults.too_many_requests(),
        faults.too_many_requests(3600),
    ],
)
def test_unusable_response_fails_at_the_connection(simulator: Simulator, clock: HeldClock, fault: Fault) -> None:
    """Time-out, broken line, failure, wrong address, too many requests: before anything is said about the keys."""
    rule = simulator.misbehave(fault, times=None)
    done = tried(settings_of(simulator.base_url, timeout_seconds=0.2), clock)
    assert done.failed == "connection"
    assert done.report.error is not None
    assert done.report.error.exit_code == ExitCode.UNREACHABLE
    assert done.report.error.hint
    assert done.step("connection").hint == done.report.error.hint
    assert rule.struck <= 2  # a person waits
    assert sum(clock.slept) <= 10


def test_tls_fails_at_the_connection(simulator: Simulator, clock: HeldClock) -> None:
    """A server that speaks plain http where https was asked for."""
    assert tried(settings_of(simulator.base_url.replace("http:", "https:")), clock).failed == "connection"


@pytest.mark.parametrize(("skew", "words"), [(600, "10 minutes behind"), (-600, "10 minutes ahead of")])
def test_wrong_clock_is_the_clocks_fault(simulator: Simulator, clock: HeldClock, skew: int, words: str) -> None:
    """Not the key's: the step, the exit code and the next thing to do are about the clock."""
    simulator.misbehave(faults.clock_skew(skew), times=None)
    done = tried(settings_of(simulator.base_url), clock)
    assert done.failed == "clock"
    assert isinstance(done.report.error, ClockWrong)
    assert done.report.error.exit_code == ExitCode.CREDENTIALS
    assert words in done.step("clock").message
    assert "clock" in str(done.step("clock").hint)
    assert done.report.skew_seconds == -skew
    assert done.states["credentials"] == "skipped"


@pytest.mark.parametrize(("skew", "words"), [(60, "60 seconds behind"), (-60, "60 seconds ahead of"), (1, "agrees")])
def test_clock_that_is_off_a_little_passes(simulator: Simulator, clock: HeldClock, skew: int, words: str) -> None:
    """Within five minutes; how far is reported."""
    simulator.misbehave(faults.clock_skew(skew), times=None)
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.report.skew_seconds) == (True, -skew)
    assert words in done.step("clock").message


def test_wait_between_two_attempts_is_not_taken_for_skew(simulator: Simulator, clock: HeldClock) -> None:
    """The clocks are compared when the answer comes, not when the question was first asked."""
    simulator.misbehave(faults.too_many_requests(8), times=1)
    done = tried(settings_of(simulator.base_url), clock)
    assert clock.slept[0] > 8
    assert done.report.success
    assert done.report.skew_seconds is not None
    assert 0 <= done.report.skew_seconds < 1


def test_clock_that_is_off_without_harm_is_a_warning(simulator: Simulator, clock: HeldClock) -> None:
    """Where the server accepts the signature although its `Date` is far off, the test goes on and says so."""
    late = {"Date": f"{clock.now() + timedelta(hours=1):%a, %d %b %Y %H:%M:%S GMT}"}
    simulator.misbehave(faults.status(200, b'{"data": {}}', late), path="/status/ping")
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.states["clock"]) == (True, "warning")
    assert done.step("clock").hint == ClockWrong.default_hint


def test_server_that_sends_no_time(clock: HeldClock) -> None:
    """A warning where all is well, and no word about a clock that agrees where it is not."""

    def respond(connection: socket.socket, head: bytes) -> None:
        connection.sendall(whole_answer(b'{"data": {}}' if b"/status/ping" in head else b'{"data": []}'))

    with raw_server(respond) as server:
        done = tried(settings_of(server.url), clock)
    assert (done.report.success, done.report.skew_seconds, done.states["clock"]) == (True, None, "warning")
    assert done.step("orders").message == "readable"
    assert done.step("storefronts").message == "none set up yet"
    refusal = whole_answer(b"", status=b"401 Unauthorized")
    with raw_server(lambda connection, _: connection.sendall(refusal)) as server:
        done = tried(settings_of(server.url), clock)
    assert (done.failed, done.states["clock"]) == ("credentials", "warning")


@pytest.mark.parametrize(
    ("client_key", "secret", "first"),
    [("0" * 32, DEMO_SECRET_KEY, "the client key"), (DEMO_CLIENT_KEY, "0" * 64, "the secret key")],
)
def test_wrong_keys_fail_at_the_credentials(
    simulator: Simulator, clock: HeldClock, client_key: str, secret: str, first: str
) -> None:
    """Exit code 4; the likelier reason first, and the clock, seen to be right, last."""
    done = tried(settings_of(simulator.base_url, client_key=client_key), clock, secret)
    assert done.failed == "credentials"
    assert type(done.report.error) is CredentialsRefused
    assert done.report.error.exit_code == ExitCode.CREDENTIALS
    assert f"likeliest first: 1. {first}" in done.step("credentials").message
    assert "4. the clock, although it looks right" in done.step("credentials").message
    assert done.states["clock"] == "passed"
    assert len(simulator.requests) == 1


def test_inactive_account_fails_at_the_credentials(simulator: Simulator, clock: HeldClock) -> None:
    """And it is the account that is named."""
    simulator.switches.inactive_account = True
    done = tried(settings_of(simulator.base_url), clock)
    assert done.failed == "credentials"
    assert "account is not active" in done.step("credentials").message


def test_missing_rights_fail_at_the_orders(simulator: Simulator, clock: HeldClock) -> None:
    """The credentials are good; what is missing is the right to read orders."""
    simulator.switches.orders_refused = True
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.failed, done.states["credentials"]) == ("orders", "passed")
    assert isinstance(done.report.error, RightsMissing)
    assert done.report.error.exit_code == ExitCode.CREDENTIALS


def test_orders_that_fail_for_another_reason_are_distinguished(simulator: Simulator, clock: HeldClock) -> None:
    """Busy is not forbidden."""
    simulator.misbehave(faults.too_many_requests(60), path="/order-units", times=None)
    done = tried(settings_of(simulator.base_url), clock)
    assert done.failed == "orders"
    assert isinstance(done.report.error, KauflandBusy)


@pytest.mark.parametrize("rows", [[None], [7], [[]], [{}], ["M1"]])
def test_rows_that_are_no_units_are_not_readable(simulator: Simulator, clock: HeldClock, rows: list[Any]) -> None:
    """A list of something else is no list of orders, whatever its total says."""
    simulator.misbehave(faults.edited(lambda told: told | {"data": rows}), path="/order-units")
    done = tried(settings_of(simulator.base_url), clock)
    assert done.failed == "orders"
    assert "readable" not in done.step("orders").message
    assert isinstance(done.report.error, ResponseUnreadable)


@pytest.mark.parametrize("fields", [{"price": "?"}, {"status": None}, {"id_order": None}])
def test_unit_that_cannot_be_read_is_a_warning(simulator: Simulator, clock: HeldClock, fields: dict[str, Any]) -> None:
    """The connection works, and the one unit is named with its reason."""
    row = dict(make_order("M1").units[0]) | fields
    simulator.misbehave(faults.edited(lambda told: told | {"data": [row]}), path="/order-units")
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.states["orders"]) == (True, "warning")
    assert next(iter(fields)) in done.step("orders").message
    assert done.states["storefronts"] == "passed"


@pytest.mark.parametrize("data", [[None], [], "pong"])
def test_sign_of_life_of_another_server_fails(simulator: Simulator, clock: HeldClock, data: Any) -> None:
    """What does not answer as the Seller API does is not taken for it."""
    simulator.misbehave(faults.edited(lambda _told: {"data": data}), path="/status/ping", times=None)
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.failed) == (False, "connection")


def test_storefronts_without_a_name_are_a_warning(simulator: Simulator, clock: HeldClock) -> None:
    """A list of nothing that could be a storefront is not taken for the storefronts."""
    simulator.misbehave(faults.edited(lambda _told: {"data": [None]}), path="/info/storefront")
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.states["storefronts"], done.report.storefronts) == (True, "warning", None)


def test_playground_may_have_no_storefronts(clock: HeldClock) -> None:
    """Where /info/storefront is absent the test succeeds, and says that they are not known."""
    with Simulator(now=clock.now, playground=True) as playground:
        done = tried(settings_of(playground.base_url), clock)
    assert (done.report.success, done.states["storefronts"]) == (True, "skipped")
    assert done.report.storefronts is None


def test_storefronts_that_cannot_be_read_are_a_warning(simulator: Simulator, clock: HeldClock) -> None:
    """The import needs none, so orders can be imported all the same."""
    simulator.misbehave(faults.status(403), path="/info/storefront", times=None)
    done = tried(settings_of(simulator.base_url), clock)
    assert (done.report.success, done.states["storefronts"]) == (True, "warning")


def test_default_storefront_is_checked_against_the_account(simulator: Simulator, clock: HeldClock) -> None:
    """One that the account lacks is a warning with those it has; one that it has is named."""
    done = tried(settings_of(simulator.base_url, default_storefront="it"), clock)
    (step,) = [one for one in done.report.steps if one.step == "storefronts"]
    assert (done.report.success, step.state) == (True, "warning")
    assert "default storefront it" in step.message
    assert "config set api.default_storefront" in str(step.hint)
    (step,) = [
        one
        for one in tried(settings_of(simulator.base_url, default_storefront="de"), clock).report.steps
        if one.step == "storefronts"
    ]
    assert (step.state, "(default: de)" in step.message) == ("passed", True)


def test_without_a_list_the_default_storefront_is_tried(simulator: Simulator, clock: HeldClock) -> None:
    """Where the environment lists no storefronts, a request for its orders shows whether it can be used."""
    simulator.misbehave(faults.status(404), path="/info/storefront", times=None)
    states = {
        code: tried(settings_of(simulator.base_url, default_storefront=code), clock).states["storefronts"]
        for code in ("", "de", "it")
    }
    assert states == {"": "skipped", "de": "passed", "it": "warning"}


# --- before the network ---------------------------------------------------------------------------------------------


def failed_settings(clock: HeldClock, load: Any) -> Tried:
    """Test settings that are not good."""
    test = ConnectionTest(clock, lambda _step: None)
    assert test.settings(load) is None
    return Tried(test.report)


def test_broken_settings_fail_first(clock: HeldClock) -> None:
    """Nothing else is reached, exit code 3."""

    def load() -> Settings:
        raise SettingsError("There is a fault in the settings.")

    done = failed_settings(clock, load)
    assert done.failed == "settings"
    assert done.report.error is not None
    assert done.report.error.exit_code == ExitCode.SETTINGS
    assert list(done.states.values()) == ["failed", *["skipped"] * 7]


def test_settings_without_a_client_key_fail_too(clock: HeldClock) -> None:
    """An empty file is no fault, but nothing can be reached with it."""
    assert "api.client_key" in failed_settings(clock, Settings).step("settings").message


@pytest.mark.parametrize("error", [SecretMissing("none there"), SecretSourceFailed("locked")])
def test_missing_secret_fails_at_the_secret(clock: HeldClock, error: SettingsError) -> None:
    """Absent or locked away: the step after the settings."""

    def fetch() -> tuple[SecretKey, str]:
        raise error

    test = ConnectionTest(clock, lambda _step: None)
    test.settings(lambda: settings_of("https://shop.example/v2"))
    assert test.secret(fetch) is None
    done = Tried(test.report)
    assert (done.failed, done.step("secret key").hint) == ("secret key", error.hint)
    assert done.report.error is error


# --- building the connection ----------------------------------------------------------------------------------------


def test_partner_of_the_settings_signs_too(clock: HeldClock) -> None:
    """The partner's key from the settings, its secret from where secrets are kept; both are checked by the server."""
    keys = ("9a7e" * 8, "ba5eba11" * 8)
    with Simulator(now=clock.now, partner_keys=keys) as simulator:
        settings = settings_of(simulator.base_url, partner_client_key=keys[0])
        assert tried(settings, clock, partner=SecretKey(keys[1])).report.success
        assert not tried(settings, clock, partner=SecretKey("0" * 64)).report.success


def test_connection_follows_the_settings(simulator: Simulator, clock: HeldClock) -> None:
    """User agent, rate limit and log are those that were handed in."""
    log = ListeningLog()
    settings = settings_of(simulator.base_url, user_agent="Inhouse_development", requests_per_second=4.0)
    with seller_api(settings, SecretKey(DEMO_SECRET_KEY), None, clock=clock, random=lambda: 0.5, log=log) as api:
        for _ in range(3):
            api.ping()
    assert {asked.headers["user-agent"] for asked in simulator.requests} == {"Inhouse_development"}
    assert clock.slept == [0.25, 0.25]
    assert log.told == ["started", "finished"] * 3


def test_this_machine_has_no_proxy_in_front(
    simulator: Simulator, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment could not reach a loopback address."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert tried(settings_of(simulator.base_url), clock).report.success


@pytest.mark.parametrize(
    ("key", "shown"), [("7bffc16ba2cc5ac1cbf527d6fa39263", "7bff…9263"), ("a" * 12, "…"), ("", "")]
)
def test_client_key_is_masked(key: str, shown: str) -> None:
    """Enough to recognise it, and nothing of a short one."""
    assert masked(key) == shown


def test_clock_is_not_known_before_an_answer(clock: HeldClock) -> None:
    """A client that got no time from the server reports none."""
    with open_client("http://127.0.0.1:9/v2", clock) as client:
        assert SellerApi(client).client.server_time is None
