"""What all tests share."""

from collections.abc import Iterator

import pytest

from kaufland_cli.http.redaction import SECRETS


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """Let no test know the secrets of another, as a process knows only its own."""
    SECRETS.clear()
    yield
    SECRETS.clear()
