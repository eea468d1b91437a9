"""A text that speaks of a buyer is known by its words, however they are composed, cut or escaped."""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from kaufland_cli.simulator import example_address
from kaufland_cli.store.mentions import mentions_of
from kaufland_cli.store.store import Store
from support.stores import keep, new_store, order_unit

NAME = "Bärenströmer"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("kept", [NAME, unicodedata.normalize("NFD", NAME)], ids=["composed", "decomposed"])
@pytest.mark.parametrize(
    "said",
    [
        NAME,
        NAME.upper(),
        unicodedata.normalize("NFD", NAME),
        unicodedata.normalize("NFD", NAME.upper()),
        json.dumps(NAME),
        json.dumps(unicodedata.normalize("NFD", NAME)),
        quote(unicodedata.normalize("NFD", NAME)),
        f"{unicodedata.normalize('NFD', 'Bärenst')}…",
    ],
)
def test_name_is_found_in_any_form(store: Store, kept: str, said: str) -> None:
    """Composed or decomposed in the store and in the text; in capitals, JSON, an address, and cut."""
    keep(store, order_unit(1, billing_address=example_address(last_name=kept)))
    mentions = mentions_of(store.database, ["M1"], with_names=True)
    assert mentions.in_message(f"The customer {said} is blocked.")
    assert mentions.in_body(f'{{"message": "no {said}"}}')
    assert not mentions.in_message("The customer Wolkenreich is blocked.")
