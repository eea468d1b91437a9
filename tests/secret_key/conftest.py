"""What the tests of the secret key share."""

from collections.abc import Iterator

import keyring
import pytest


@pytest.fixture(autouse=True)
def _keyring_restored() -> Iterator[None]:
    """Give the library back the backend that it had before a test chose one."""
    before = keyring.core._keyring_backend
    yield
    keyring.core._keyring_backend = before
