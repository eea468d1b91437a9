"""What the tests of the import share."""

import pytest

from kaufland_cli.seller_api import endpoints
from support.sampling import sampled


@pytest.fixture(params=sampled(["any page", "long pages"], "long pages"))
def each_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both readers of pages read all pages, in turns: the tolerant one, and the quick one of long pages."""
    monkeypatch.setattr(endpoints, "LONG_PAGE_BYTES", 10**9 if request.param == "any page" else 0)
