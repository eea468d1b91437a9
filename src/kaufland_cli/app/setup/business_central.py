"""Tests Business Central with the settings and secret that `kaufland setup` is about to write."""

from collections.abc import Sequence
from dataclasses import replace

from kaufland_cli.app.context import Context
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.domain.target_values import TargetCheck
from kaufland_cli.errors import (
    KauflandError,
    SecretMissing,
    SecretSourceFailed,
    SettingsError,
    TargetCredentialsRefused,
    TargetUnavailable,
)
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.secrets import SecretKey, SecretKind, fetch_secret_key
from kaufland_cli.settings import Settings

_AGAIN = "then type the same command again."
_BLOCKING_CHECKS = frozenset({"sign-in", "company"})
"""If one of these fails, nothing can be created; any other failure only holds single orders."""


def check_business_central(context: Context, draft: SetupDraft) -> Sequence[TargetCheck]:
    """Sign in, find the company, and look up the customers and accounts in the draft; return the checks.

    Only a check that blocks all orders is `failed` and carries its error. Returns nothing if there is nothing to test:
    no sales orders, another target, no sandbox for test orders, or no secret yet.
    """
    loaded = draft.loaded()
    settings = loaded.settings
    wanted = settings.creates_any_sales_orders and settings.sales_orders.target == "business_central"
    if not wanted or not settings.business_central_environment:
        return ()
    secret = _secret(context, draft)
    if secret is None:
        return ()
    from kaufland_cli.app.request_log import log_of_calls
    from kaufland_cli.app.sales_order_target import expectations, open_target

    # A person is waiting: one more attempt, no long waits.
    budget = RetryBudget(attempts=2, seconds=10.0)
    try:
        with (
            log_of_calls(context, loaded) as log,
            open_target(
                loaded, lambda: secret, clock=context.clock, random=context.process.random, log=log, budget=budget
            ) as target,
        ):
            found = target.check(expectations(loaded, [], [], mapped=False))
    except KauflandError as error:
        found = [TargetCheck("sign-in", "failed", error.message, error=error)]
    return [_for_setup(one) for one in found]


def blocking_error(checks: Sequence[TargetCheck], settings: Settings) -> KauflandError | None:
    """Return the error that blocks all orders, with what to correct as its hint; None if there is none."""
    for one in checks:
        if one.state == "failed" and isinstance(one.error, KauflandError):
            one.error.hint = _hint(one, one.error, settings)
            return one.error
    return None


def _secret(context: Context, draft: SetupDraft) -> SecretKey | None:
    """Return the new secret, else the saved one; None if there is neither, which setup reports at its end."""
    kind = SecretKind.BUSINESS_CENTRAL
    if kind in draft.new_secrets:
        return draft.new_secrets[kind]
    try:
        return fetch_secret_key(draft.secret_source(kind), context.environ, kind).secret
    except (SecretMissing, SecretSourceFailed):
        return None


def _for_setup(check: TargetCheck) -> TargetCheck:
    """Turn a failure that only holds single orders into a warning; for blocking ones setup itself is the fix."""
    if check.what in _BLOCKING_CHECKS:
        return replace(check, hint=NO_HINT)
    return replace(check, state="warning") if check.state == "failed" else check


def _hint(check: TargetCheck, error: KauflandError, settings: Settings) -> Hint:
    if isinstance(error, TargetCredentialsRefused):
        keys = (
            "--business-central-client-id or --business-central-tenant"
            if settings.business_central.authentication == "oauth"
            else "business_central.user_name"
        )
        return Hint(f"Correct the secret (--business-central-secret-stdin), {keys}, {_AGAIN}")
    if isinstance(error, SettingsError) and check.what == "company":
        return Hint(f"Correct --business-central-company, {_AGAIN}")
    if isinstance(error, TargetUnavailable) and not error.has_own_hint:
        return Hint("Try again later, with the same command.")
    return error.hint
