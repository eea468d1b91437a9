"""A text that speaks of a buyer is known in whatever form the name stands in it."""

import json
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest

from support.erasure import of_the_buyer
from support.stores import keep, new_store, order_unit

FORMS = [
    "The value 'Zwölfhagen' is too long.",
    "ZWÖLFHAGEN is too long",
    unicodedata.normalize("NFD", "der Zwölfhagen"),
    json.dumps({"message": "Zwölfhagen"}),
    f"https://x.example/customers?$filter=name eq {quote('Zwölfhagen')}",
    "Quittenpfad 7771, 99773 Zwickelstadt",
    "kanari@zwick.example is no address",
    "too long: Xquor…",
    "+49 777 313131",
    "order M1 cannot be read",
]


@pytest.mark.parametrize("text", FORMS)
def test_any_form_of_a_name_is_known(tmp_path: Path, text: str) -> None:
    """Case, composition, escapes of JSON and of addresses, and a cut in the middle hide nobody."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(918273, "M1", **of_the_buyer()))
        assert store.erasure.mentions(["M1"]).in_message(text)


@pytest.mark.parametrize("text", ["Kaufland did not answer in time.", "HTTP 503…", "", None, "order M2 cannot be read"])
def test_other_texts_mention_nobody(tmp_path: Path, text: str | None) -> None:
    """What is not about the buyer stays."""
    with new_store(tmp_path) as store:
        keep(store, order_unit(918273, "M1", **of_the_buyer()))
        assert not store.erasure.mentions(["M1"]).in_message(text)


def test_many_orders_are_looked_for_at_once(tmp_path: Path) -> None:
    """By age hundreds of orders are looked for in each text, by the words in it."""
    with new_store(tmp_path) as store:
        mentions = store.erasure.mentions([f"M{number}" for number in range(300)], with_names=False)
        assert mentions.by_id('{"id_order": "M299"}')
        assert mentions.by_id("https://x.example/orders/M17?embedded=delivery")
        assert not mentions.by_id('{"id_order": "M300"}')
