"""Opens the connection to the Seller API from the settings and the secret key, and tests it step by step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.request_log import log_of_calls
from kaufland_cli.app.secret import find_secret
from kaufland_cli.clock import Clock
from kaufland_cli.errors import CredentialsRefused, ExitCode

if TYPE_CHECKING:
    from kaufland_cli.http.request_record import RequestLog
    from kaufland_cli.http.retry import RetryBudget
    from kaufland_cli.secrets import SecretKey
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.settings import Settings


@contextmanager
def open_api(
    context: Context, secrets: "tuple[SecretKey, SecretKey | None]", log: "RequestLog | None" = None
) -> "Iterator[SellerApi]":
    """Open the connection to Kaufland that this call's settings name; `secrets` are the seller's and the partner's.

    Where Kaufland refuses the keys and the secret key has an unusual length, the error says so: it is all that a mail
    or a program sees.
    """
    from kaufland_cli.secrets import length_warning

    with seller_api(context.settings, *secrets, clock=context.clock, random=context.random, log=log) as api:
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
    from kaufland_cli.doctor.connection_test import ConnectionTest
    from kaufland_cli.secrets import SecretKind

    partner: SecretKey | None = None

    def fetch() -> "tuple[SecretKey, str]":
        nonlocal partner
        found = find_secret(context)
        if context.settings.api.partner_client_key:
            partner = find_secret(context, SecretKind.PARTNER).secret
        return found.secret, found.source

    test = ConnectionTest(context.clock, context.output.show_step, context.numbers)
    settings = test.settings(lambda: context.settings)
    secret = test.secret(fetch) if settings is not None else None
    if settings is not None and secret is not None:
        with (
            log_of_calls(context) as log,
            seller_api(settings, secret, partner, clock=context.clock, random=context.random, log=log) as api,
        ):
            test.api(api)
    context.output.show_result(test.report)
    if test.report.error is not None:
        return test.report.error.exit_code
    for warning in context.loaded.warnings:
        context.output.warning(warning)
    return ExitCode.DONE
