"""Tests the connection to Kaufland step by step, from the settings to the first order, and names the failing step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.numbers import PLAIN, NumberForm, counted_in
from kaufland_cli.domain.orders import UnreadableUnit
from kaufland_cli.errors import (
    ClockWrong,
    CredentialsRefused,
    KauflandError,
    NameNotResolved,
    ProxyFailed,
    RequestRefused,
    ResponseUnreadable,
    SecretMissing,
    SecretSourceFailed,
    SettingsError,
)
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.secrets import COPY_WHOLE, SecretKey, length_warning
from kaufland_cli.seller_api.api_errors import CLOCK_TOLERANCE
from kaufland_cli.seller_api.endpoints import SellerApi, UnitsPage
from kaufland_cli.settings import Settings, masked

StepState = Literal["passed", "failed", "skipped", "warning"]
STEPS = ("settings", "secret key", "DNS lookup", "connection", "clock", "credentials", "orders", "storefronts")


@dataclass(frozen=True, slots=True)
class ConnectionStep:
    """One step of the connection test."""

    step: str
    state: StepState
    message: str
    hint: Hint = NO_HINT


@dataclass(slots=True)
class ConnectionReport:
    """The result of the connection test."""

    environment: str = ""
    base_url: str = ""
    client_key: str = ""
    """Masked."""
    storefronts: list[str] | None = None
    skew_seconds: float | None = None
    """How far this machine's clock is ahead of Kaufland's."""
    round_trip_ms: int | None = None
    steps: list[ConnectionStep] = field(default_factory=list)
    error: KauflandError | None = None

    @property
    def success(self) -> bool:
        """Whether orders can be imported."""
        return self.error is None


class ConnectionTest:
    """Runs the steps in order; `on_step` is called after each."""

    def __init__(
        self,
        clock: Clock,
        on_step: Callable[[ConnectionStep], None],
        numbers: NumberForm = PLAIN,
        default_storefront: str = "",
    ) -> None:
        self._clock = clock
        self._numbers = numbers
        self._on_step = on_step
        self._default_storefront = default_storefront
        self.report = ConnectionReport()

    def settings(self, load: Callable[[], Settings]) -> Settings | None:
        """Test the settings."""
        try:
            found = load()
            if not found.api.client_key:
                raise SettingsError("No client key is set (api.client_key).")  # noqa: TRY301 - both end in the same step
        except SettingsError as error:
            self._fail("settings", error)
            return None
        self._default_storefront = found.api.default_storefront
        self.report.environment = found.api.environment
        self.report.base_url = found.api.url
        self.report.client_key = masked(found.api.client_key)
        self._pass("settings", f"{found.api.environment}, {found.api.url}, client key {self.report.client_key}")
        return found

    def secret(self, fetch: Callable[[], tuple[SecretKey, str]]) -> SecretKey | None:
        """Test that the secret key exists; `fetch` returns it and where it was found."""
        try:
            secret, place = fetch()
        except (SecretMissing, SecretSourceFailed) as error:
            self._fail("secret key", error)
            return None
        if warning := length_warning(secret):
            self._add("secret key", "warning", f"*** from {place}. {warning}", COPY_WHOLE)
        else:
            self._pass("secret key", f"*** from {place}")
        return secret

    def api(self, api: SellerApi) -> None:
        """Test DNS lookup, connection, clock, credentials, access to orders, and storefronts."""
        # A person waits: one more attempt, no long waits.
        budget = RetryBudget(attempts=2, seconds=10.0)
        try:
            response = api.ping(budget)
        except KauflandError as error:
            self._compare_clocks(api)
            self._failed_ping(self._explained(error))
            return
        self._compare_clocks(api)
        self.report.round_trip_ms = round(response.seconds * 1000)
        self._pass("DNS lookup", api.client.host)
        self._pass("connection", f"answered in {self.report.round_trip_ms} ms")
        self._clock_step()
        self._pass("credentials", "the signature is accepted")
        try:
            page = api.order_units(updated_from=None, limit=1, budget=budget)
        except KauflandError as error:
            self._fail("orders", error)
            return
        if not self._readable(page):
            return
        self._storefronts(api, budget)

    def _readable(self, page: UnitsPage) -> bool:
        """Return whether the response is a list of order units; a single unreadable unit is only a warning."""
        strange = [unit for unit in page.units if isinstance(unit, UnreadableUnit)]
        if any(unit.id_order_unit is None and unit.id_order is None for unit in strange):
            text = f"Kaufland's list of order units contains something else: {strange[0].reason}."
            self._fail("orders", ResponseUnreadable(text))
            return False
        in_all = "" if page.total is None else f", {counted_in(self._numbers, page.total, 'unit')} in all"
        if strange:
            of = f"order {strange[0].id_order}" if strange[0].id_order else f"order unit {strange[0].id_order_unit}"
            self._add(
                "orders",
                "warning",
                f"answered{in_all}, but {of} cannot be read: {strange[0].reason}; imports keep and list it",
                command("orders", "list", "--failed"),
            )
        else:
            self._pass("orders", f"readable{in_all}")
        return True

    def _compare_clocks(self, api: SellerApi) -> None:
        """Record the difference between the clocks, if the last response contained a time."""
        if api.client.server_time is not None:
            self.report.skew_seconds = round((self._clock.now() - api.client.server_time).total_seconds(), 1)

    def _clock_step(self) -> None:
        skew = self.report.skew_seconds
        if skew is None:
            self._add("clock", "warning", "Kaufland sent no time to compare with")
        elif abs(skew) > CLOCK_TOLERANCE.total_seconds():
            self._add("clock", "warning", f"{_skew(skew)}; Kaufland may refuse every request", ClockWrong.default_hint)
        else:
            self._pass("clock", _skew(skew))

    def _storefronts(self, api: SellerApi, budget: RetryBudget) -> None:
        """List the storefronts; if that fails it is only a warning, because imports do not need them."""
        try:
            found = api.storefronts(budget)
        except KauflandError as error:
            self._add("storefronts", "warning", error.message)
            return
        if found is None:
            self._default_storefront_alone(api, budget)
            return
        self.report.storefronts = list(found)
        names = ", ".join(found) or "none set up yet"
        default = self._default_storefront
        if default and default not in found:
            self._add(
                "storefronts",
                "warning",
                f"{names}; your default storefront {default} is not one of them",
                command("config", "set", "api.default_storefront", "CODE"),
            )
        else:
            self._pass("storefronts", f"{names} (default: {default})" if default else names)

    def _default_storefront_alone(self, api: SellerApi, budget: RetryBudget) -> None:
        """Without a list of storefronts, test whether orders of the default storefront may be asked for."""
        playground = self.report.environment == "playground"
        who = "the playground does" if playground else f"{self.report.base_url}, unlike Kaufland's own address, does"
        default = self._default_storefront
        if not default:
            self._add("storefronts", "skipped", f"{who} not list them; imports do not need them")
            return
        try:
            api.order_units(updated_from=None, limit=1, storefront=default, budget=budget)
        except KauflandError as error:
            self._add(
                "storefronts",
                "warning",
                f"your default storefront {default} cannot be used: {error.message}",
                command("config", "unset", "api.default_storefront"),
            )
        else:
            self._pass("storefronts", f"{who} not list them; your default storefront {default} is accepted")

    def _explained(self, error: KauflandError) -> KauflandError:
        """Return a clearer error if the base URL answers the simplest request with 404."""
        if not isinstance(error, RequestRefused) or error.status_code != 404:  # noqa: PLR2004 - HTTP's own number
            return error
        key = "api.playground_base_url" if self.report.environment == "playground" else "api.base_url"
        return RequestRefused(
            f"{self.report.base_url} does not know the Seller API (HTTP 404). The base URL is probably wrong: "
            "Kaufland's ends in /v2.",
            status_code=error.status_code,
            problem_type=error.problem_type,
            hint=command("config", "get", key),
        )

    def _failed_ping(self, error: KauflandError) -> None:
        """Report the step at which the first request failed, and the steps that passed before it."""
        step = next((step for kind, step in _FAILING_STEPS if isinstance(error, kind)), "connection")
        for before in STEPS[STEPS.index("DNS lookup") : STEPS.index(step)]:
            if before == "clock":
                self._clock_step()
            elif before == "DNS lookup" and isinstance(error, ProxyFailed):
                self._add("DNS lookup", "skipped", "the proxy looks it up")
            else:
                self._pass(before, "reached")
        self._fail(step, error)

    def _pass(self, step: str, message: str) -> None:
        self._add(step, "passed", message)

    def _fail(self, step: str, error: KauflandError) -> None:
        self.report.error = error
        self._add(step, "failed", error.message, error.hint)
        for skipped in STEPS[STEPS.index(step) + 1 :]:
            self.report.steps.append(ConnectionStep(skipped, "skipped", "not reached"))

    def _add(self, step: str, state: StepState, message: str, hint: Hint = NO_HINT) -> None:
        found = ConnectionStep(step, state, message, hint)
        self.report.steps.append(found)
        self._on_step(found)


# Any other error is a failure of the connection.
_FAILING_STEPS: tuple[tuple[type[KauflandError], str], ...] = (
    (NameNotResolved, "DNS lookup"),
    (ClockWrong, "clock"),
    (CredentialsRefused, "credentials"),
)


def _skew(seconds: float) -> str:
    if abs(seconds) < 2:  # noqa: PLR2004 - the server sends whole seconds
        return "agrees with Kaufland's"
    return f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} Kaufland's"
