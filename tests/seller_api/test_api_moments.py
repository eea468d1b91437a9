"""Times: read in whatever form they come, written in one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.moments import as_text, moment_text, read_moment
from kaufland_cli.http.http_dates import read_http_date
from support.seller_api import STEADY


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-08-30T17:46:55Z", "2026-08-30T17:46:55Z"),
        ("2026-08-30T17:46:55", "2026-08-30T17:46:55Z"),
        ("2019-07-19T17:24:05T", "2019-07-19T17:24:05Z"),
        ("2016-05-06 23:07:41", "2016-05-06T23:07:41Z"),
        ("2026-08-30T17:46:55.999Z", "2026-08-30T17:46:55Z"),
        ("2026-08-30T17:46:55+02:00", "2026-08-30T15:46:55Z"),
        ("2026-08-30T17:46:55-0930", "2026-08-31T03:16:55Z"),
        ("2026-08-30T17:46:55+02", "2026-08-30T15:46:55Z"),
        ("2026-08-30", "2026-08-30T00:00:00Z"),
        (" 2026-08-30T17:46Z ", "2026-08-30T17:46:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", None),
        ("0002-01-01T00:00:00Z", "0002-01-01T00:00:00Z"),
        ("9998-12-31T23:59:59Z", "9998-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-08-30T17:46:55+99:00", None),
        ("٢٠٢٦-08-30", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1411055926, None),
    ],
)
def test_times_are_read_tolerantly(text: object, read: str | None) -> None:
    """The forms of live answers, of the documentation's samples, and none that is no time."""
    assert moment_text(text) == read


@STEADY
@given(st.text() | st.from_regex(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}([+-]\d{2}:?\d{2}|Z)?", fullmatch=True))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """Never an exception, and the form written is the form read."""
    found = moment_text(text)
    assert found is None or moment_text(found) == found


@STEADY
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds have none
def test_written_time_is_read_as_the_same_second(moment: datetime) -> None:
    """Fractions are cut, nothing else is lost, in any century that has a year before and after it everywhere."""
    assert read_moment(as_text(moment)) == moment.replace(microsecond=0)


def test_moments_are_written_in_utc() -> None:
    """Whatever zone they have."""
    assert as_text(datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))) == "2026-07-01T10:00:00Z"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Tue, 24 Nov 2026 09:30:00 GMT", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 09:30:00 -0000", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 11:30:00 +0200", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_of_http(text: str | None, read: datetime | None) -> None:
    """With GMT, with an offset, or none at all."""
    assert read_http_date(text) == read


@STEADY
@given(st.text() | st.from_regex(r"\w{3}, \d{1,2} (Jan|Dec|Foo) \d{1,5} \d\d:\d\d:\d\d ([+-]\d{4,6}|GMT|\w*)"))
def test_any_header_is_a_date_or_none(text: str) -> None:
    """Never an exception."""
    found = read_http_date(text)
    assert found is None or found.tzinfo is not None
