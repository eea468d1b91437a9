"""Tries out Business Central with the settings and the secret that `kaufland setup` is about to write."""

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

AGAIN = "then type the same command again."
DECISIVE = frozenset({"sign-in", "company"})
"""Without these nothing can be created; everything else holds single orders only."""


def tried_out(context: Context, draft: SetupDraft) -> Sequence[TargetCheck]:
    """Sign in, find the company, and look up the customers and accounts that the draft names.

    Only what keeps every order from being created is `failed`, and has its error with it. Empty where there is nothing
    to try: no sales orders, another place for them, no sandbox for orders that are no real ones, or no secret yet.
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

    # A person waits: one more attempt, no long waits.
    budget = RetryBudget(attempts=2, seconds=10.0)
    try:
        with (
            log_of_calls(context, loaded) as log,
            open_target(
                loaded, lambda: secret, clock=context.clock, random=context.random, log=log, budget=budget
            ) as target,
        ):
            found = target.check(expectations(loaded, [], [], mapped=False))
    except KauflandError as error:
        found = [TargetCheck("sign-in", "failed", error.message, error=error)]
    return [_as_setup_says_it(one) for one in found]


def decisive_error(checks: Sequence[TargetCheck], settings: Settings) -> KauflandError | None:
    """Return the error that keeps every order from being created, with what to correct in the command as its hint."""
    for one in checks:
        if one.state == "failed" and isinstance(one.error, KauflandError):
            one.error.hint = _hint(one, one.error, settings)
            return one.error
    return None


def _secret(context: Context, draft: SetupDraft) -> SecretKey | None:
    """Return the new secret, else the one that is kept; None where there is none, which setup says at its end."""
    kind = SecretKind.BUSINESS_CENTRAL
    if kind in draft.new_secrets:
        return draft.new_secrets[kind]
    try:
        return fetch_secret_key(draft.secret_source(kind), context.environ, kind).secret
    except (SecretMissing, SecretSourceFailed):
        return None


def _as_setup_says_it(check: TargetCheck) -> TargetCheck:
    """Make a warning of what is missing for single orders; the way out of the rest is setup itself."""
    if check.what in DECISIVE:
        return replace(check, hint=NO_HINT)
    return replace(check, state="warning") if check.state == "failed" else check


def _hint(check: TargetCheck, error: KauflandError, settings: Settings) -> Hint:
    if isinstance(error, TargetCredentialsRefused):
        keys = (
            "--business-central-client-id or --business-central-tenant"
            if settings.business_central.authentication == "oauth"
            else "business_central.user_name"
        )
        return Hint(f"Correct the secret (--business-central-secret-stdin), {keys}, {AGAIN}")
    if isinstance(error, SettingsError) and check.what == "company":
        return Hint(f"Correct --business-central-company, {AGAIN}")
    if isinstance(error, TargetUnavailable) and not error.has_own_hint:
        return Hint("Try again later, with the same command.")
    return error.hint
