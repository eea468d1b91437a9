"""Times in Kaufland's form: UTC, whole seconds, `2026-08-30T17:46:55Z`. As text they sort chronologically."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Return the time in Kaufland's form, without fractions of a second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def moment_of(text: object) -> datetime | None:
    """Read a time, UTC unless it has a time zone; None if it is not a time."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def system_now() -> datetime:
    """Return the current time in UTC, by this machine's clock."""
    return datetime.now(UTC)
