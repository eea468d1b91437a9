"""Checks that a scheduled import has what it needs: its job, the secret key, the sales order target."""

from collections.abc import Iterable, Iterator

from kaufland_cli.doctor.check import Check, State, plain
from kaufland_cli.doctor.kaufland_checks import STATES
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.target_values import TargetCheck
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import KauflandError
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.secrets import FoundSecret, length_warning

JOB_SECRET = "secret key of jobs"  # noqa: S105 - a name, not a secret
TARGET = "sales order target"
ONE_PUSHES = "Only one installation may push the sales orders of a seller account"
CHECK_TARGET = command("sales-orders", "check")


def secret_check(found: FoundSecret, kind: str) -> Check:
    """Return where the secret key was found, with a warning if its length is unusual."""
    if warning := length_warning(found.secret):
        return Check("secret key", "warning", warning, command("secret", "set"), "unusual length")
    return Check("secret key", "ok", f"*** from {found.source}", shared=f"found ({kind})")


def job_secret_check(error: KauflandError | None, *, automatic: bool, by_unit: bool = False) -> Check:
    """Return whether a job without a desktop session finds the secret key; `error` is the error it would get.

    With `by_unit`, systemd passes the key only to the unit that imports.
    """
    if by_unit:
        return plain(JOB_SECRET, "ok", "systemd gives it to the scheduled import")
    if error is None:
        return plain(JOB_SECRET, "ok", "found without a desktop too, as from cron")
    message = f"A job without a desktop does not find it: {error.message}"
    return Check(JOB_SECRET, "failed" if automatic else "warning", message, error.hint, error.code_name())


def schedule_check(found: ScheduleSummary, *, recent: bool) -> Check:
    """Return whether the installed schedule matches the settings.

    If imports still run (`recent`), something unknown starts them, so this is only a warning.
    """
    if not found.in_sync:
        state: State = "warning" if recent else "failed"
        return Check("schedule", state, " ".join(found.differences), found.fix, "out of sync")
    if found.installed and found.verified is False:
        message = f"{found.scheduler} has the entry, but it is not verified: no run has come since it was installed"
        return plain("schedule", "warning", message, command("schedule", "install"))
    if found.installed:
        return plain("schedule", "ok", f"{found.scheduler}, every {counted(found.every_minutes, 'minute')}")
    return plain("schedule", "ok", "none, and automatic imports are off")


def target_checks(found: Iterable[TargetCheck]) -> Iterator[Check]:
    """Yield what prevents sales orders, and how many checks passed."""
    passed = 0
    for one in found:
        if one.state in {"failed", "warning"}:
            shared = one.error.code_name() if isinstance(one.error, KauflandError) else ""
            yield Check(TARGET, STATES[one.state], f"{one.what}: {one.message}", one.hint or CHECK_TARGET, shared)
        passed += one.state == "passed"
    yield plain(TARGET, "ok", f"{counted(passed, 'check')} passed. {ONE_PUSHES}")
