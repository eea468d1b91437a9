"""Opens the connection to the Seller API from the settings and the secret key, and tests it step by step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.request_log import log_of_calls
from kaufland_cli.app.secret import find_secret
from kaufland_cli.clock import Clock
from kaufland_cli.errors import CredentialsRefused, ExitCode

if TYPE_CHECKING:
    from kaufland_cli.app.person import Person
    from kaufland_cli.doctor.connection_test import ConnectionReport
    from kaufland_cli.http.request_record import RequestLog
    from kaufland_cli.http.retry import RetryBudget
    from kaufland_cli.secrets import SecretKey
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.settings import LoadedSettings, Settings


@contextmanager
def open_api(
    context: Context, secrets: "tuple[SecretKey, SecretKey | None]", log: "RequestLog | None" = None
) -> "Iterator[SellerApi]":
    """Open the connection to Kaufland that this call's settings name; `secrets` are the seller's and the partner's.

    Where Kaufland refuses the keys and the secret key has an unusual length, the error says so: it is all that a mail
    or a program sees.
    """
    from kaufland_cli.secrets import length_warning

    with seller_api(context.settings, *secrets, clock=context.clock, random=context.process.random, log=log) as api:
        try:
            yield api
        except CredentialsRefused as error:
            warning = length_warning(secrets[0])
            if warning and type(error) is CredentialsRefused:
                error.message += f" {warning}"
            raise


@contextmanager
def seller_api(
    settings: "Settings",
    secret: "SecretKey",
    partner_secret: "SecretKey | None",
    *,
    clock: Clock,
    random: Callable[[], float],
    log: "RequestLog | None" = None,
    budget: "RetryBudget | None" = None,
) -> "Iterator[SellerApi]":
    """Open a connection to the API host of the settings and close it at the end."""
    from kaufland_cli.http.rate_limit import RateLimit
    from kaufland_cli.http.retry import RetryBudget
    from kaufland_cli.seller_api.client import SellerClient
    from kaufland_cli.seller_api.concurrency import Concurrency
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.seller_api.executor import Concurrent
    from kaufland_cli.seller_api.signer import Credentials, Signer

    partner = None if partner_secret is None else Credentials(settings.api.partner_client_key, partner_secret)
    signer = Signer(Credentials(settings.api.client_key, secret), lambda: clock.now().timestamp(), partner)
    concurrency = Concurrency(settings.api.requests_per_second)
    with SellerClient(
        url=settings.api.url,
        signer=signer,
        user_agent=settings.api.user_agent,
        timeout_seconds=settings.api.timeout_seconds,
        limit=RateLimit(settings.api.requests_per_second, clock),
        budget=budget or RetryBudget(),
        clock=clock,
        random=random,
        log=log,
        on_response=concurrency.answered,
        verify=settings.api.url.startswith("https:"),  # without TLS there are no certificates to load
        use_proxy=not settings.api.is_loopback,  # a proxy cannot reach this machine's own addresses
    ) as client:
        yield SellerApi(client, Concurrent(concurrency.max_in_flight))


def run_connection_test(context: Context) -> int:
    """Test the connection with the settings in force, show each step and the whole, and return the exit code."""
    from kaufland_cli.secrets import SecretKind

    def secrets() -> "Secrets":
        found = find_secret(context)
        has_partner = bool(context.settings.api.partner_client_key)
        partner = find_secret(context, SecretKind.PARTNER).secret if has_partner else None
        return Secrets(found.secret, found.source, partner)

    report = check_connection(context, context.output, lambda: context.loaded, secrets)
    if report.error is not None:
        return report.error.exit_code
    for warning in context.loaded.warnings:
        context.output.warning(warning)
    return ExitCode.DONE


class Secrets(NamedTuple):
    """The secrets that sign requests."""

    secret: "SecretKey"
    source: str
    """Where the secret key was found, for the middle of a sentence."""
    partner: "SecretKey | None" = None


def check_connection(
    context: Context,
    output: "Person",
    load: Callable[[], "LoadedSettings"],
    secrets: Callable[[], Secrets],
    *,
    in_force: bool = True,
) -> "ConnectionReport":
    """Test the connection with these settings and secrets, show each step and the whole, and return the report.

    `in_force`: whether the settings are those of this call, and not those that setup is about to write.
    """
    from kaufland_cli.doctor.connection_test import ConnectionTest

    loaded: LoadedSettings | None = None
    partner: SecretKey | None = None

    def load_values() -> "Settings":
        nonlocal loaded
        loaded = load()
        return loaded.settings

    def fetch() -> "tuple[SecretKey, str]":
        nonlocal partner
        secret, source, partner = secrets()
        return secret, source

    test = ConnectionTest(context.clock, output.show_step, context.forms.numbers)
    settings = test.settings(load_values)
    secret = test.secret(fetch) if settings is not None else None
    if settings is not None and secret is not None:
        with (
            log_of_calls(context, None if in_force else loaded) as log,
            seller_api(settings, secret, partner, clock=context.clock, random=context.process.random, log=log) as api,
        ):
            test.api(api)
    output.show_result(test.report)
    return test.report
