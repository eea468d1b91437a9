"""Orders of ten kinds through kills and faults: exactly the right documents, every field as it should be.

What stands in `EXPECTED` was worked out by hand from the orders, not taken from the program.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.sales_orders.confirmations import confirm_currency
from kaufland_cli.sales_orders.push import STILL_POSSIBLE
from kaufland_cli.simulator.orders import example_address, example_product
from support.business_central_books import totals_of
from support.push import Seller, seller
from support.sampling import sampled

UNCOMPARED = {"id", "number", "externalDocumentNumber", "@odata.etag", "status", "salesOrderLines"}

TEA = {
    "id_offer": "TEE-7",
    "vat": 7,
    "product": example_product(id_product=2, title="Grüner Tee 500 g", eans=["4006381333948"]),
}
VIENNA = example_address(
    first_name="Anna",
    last_name="Gruber",
    street="Mariahilfer Straße",
    house_number="45/3",
    postcode="1060",
    city="Wien",
    country="AT",
    phone="+43 1 000000",
)
PRAGUE = example_address(
    first_name="Eva",
    last_name="Horáková",
    street="Dlouhá",
    house_number="7",
    postcode="110 00",
    city="Praha",
    country="CZ",
)
WARSAW = example_address(
    first_name="Jan",
    last_name="Wiśniewski",
    street="Prosta",
    house_number="51",
    additional_field="m. 12",
    postcode="00-838",
    city="Warszawa",
    country="PL",
)
OFFICE = example_address(
    company_name="Muster Handels GmbH", street="Industriestr.", house_number="3", city="Köln", postcode="50667"
)
LOCKER = example_address(
    street="Packstation", house_number="147", additional_field="12345678", postcode="10115", city="Berlin"
)
DHL = {"pickup_location_id": "147", "provider": "DHL", "carrier": "DHL", "services": "", "dhl_post_number": "12345678"}


@dataclass(frozen=True)
class Kind:
    """A kind of order."""

    units: tuple[dict[str, Any], ...]
    fields: Mapping[str, Any]


KINDS = {
    "mixed basket": Kind(({"price": 10_000, "shipping_rate": 490}, {"price": 10_000}, {"price": 5000, **TEA}), {}),
    "austria": Kind(
        ({"price": 2999, "shipping_rate": 590},),
        {"storefront": "at", "shipping_address": VIENNA, "billing_address": VIENNA},
    ),
    "czechia": Kind(({"price": 74_900},), {"storefront": "cz", "shipping_address": PRAGUE, "billing_address": PRAGUE}),
    "poland": Kind(
        ({"price": 12_999}, {"price": 12_999}),
        {"storefront": "pl", "shipping_address": WARSAW, "billing_address": WARSAW},
    ),
    "company": Kind(({},), {"billing_address": OFFICE}),
    "packstation": Kind(({},), {"shipping_address": LOCKER, "pickup_location": DHL}),
    "cancelled before": Kind(({}, {}), {}),
    "cancelled after": Kind(({}, {}, {}), {}),
    "deemed supplier": Kind(({"is_marketplace_deemed_supplier": True},), {}),
    "unmapped": Kind(
        ({"id_offer": "FREMD-1", "product": example_product(id_product=9, title="Fremdes", eans=["5900000000000"])},),
        {},
    ),
}

LEIPZIG = {
    "AddressLine1": "Lindenallee 12",
    "AddressLine2": "",
    "City": "Leipzig",
    "Country": "DE",
    "State": "",
    "PostCode": "04107",
}
KETTLE = {"lineType": "Item", "lineObjectNumber": "KESSEL-17", "description": "Wasserkocher Edelstahl 1,7 l"}


def _head(customer: str, currency: str, total: float, tax: float, **changes: Any) -> dict[str, Any]:
    head = {
        "customerNumber": customer,
        "orderDate": "2026-11-20",
        "postingDate": "",
        **{f"sellTo{name}": value for name, value in LEIPZIG.items()},
        "shipToName": "Marlene Kleinschmidt",
        "shipToContact": "Marlene Kleinschmidt",
        **{f"shipTo{name}": value for name, value in LEIPZIG.items()},
        "phoneNumber": "",
        "email": "mk-7f3a91@kunden.marktplatz.example",
        "currencyCode": currency,
        "pricesIncludeTax": True,
        "totalAmountIncludingTax": total,
        "totalTaxAmount": tax,
    }
    return {**head, **changes}


def _both_sides(line_1: str, line_2: str, city: str, country: str, post_code: str) -> dict[str, Any]:
    address = {"AddressLine1": line_1, "AddressLine2": line_2, "City": city, "Country": country, "PostCode": post_code}
    return {f"{side}{name}": value for side in ("sellTo", "shipTo") for name, value in address.items()}


EXPECTED: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    # 250.00 of goods, 4.90 of shipping: 3.92 go with the 200.00 at 19 %, 0.98 with the 50.00 at 7 %.
    "mixed basket": (
        _head("D-DE", "EUR", 254.90, 35.89),
        [
            {**KETTLE, "quantity": 2, "unitPrice": 100.0, "taxPercent": 19},
            {
                "lineType": "Item",
                "lineObjectNumber": "TEE-7",
                "description": "Grüner Tee 500 g",
                "quantity": 1,
                "unitPrice": 50.0,
                "taxPercent": 7,
            },
            {
                "lineType": "Account",
                "lineObjectNumber": "8400",
                "description": "Shipping 19 %",
                "quantity": 1,
                "unitPrice": 3.92,
                "taxPercent": 19,
            },
            {
                "lineType": "Account",
                "lineObjectNumber": "8300",
                "description": "Shipping 7 %",
                "quantity": 1,
                "unitPrice": 0.98,
                "taxPercent": 7,
            },
        ],
    ),
    "austria": (
        _head(
            "D-AT",
            "EUR",
            35.89,
            5.98,
            phoneNumber="+43 1 000000",
            shipToName="Anna Gruber",
            shipToContact="Anna Gruber",
            **_both_sides("Mariahilfer Straße 45/3", "", "Wien", "AT", "1060"),
        ),
        [
            {**KETTLE, "quantity": 1, "unitPrice": 29.99, "taxPercent": 20},
            {
                "lineType": "Account",
                "lineObjectNumber": "8400",
                "description": "Shipping",
                "quantity": 1,
                "unitPrice": 5.90,
                "taxPercent": 20,
            },
        ],
    ),
    "czechia": (
        _head(
            "D-CZ",
            "CZK",
            749.0,
            129.99,
            shipToName="Eva Horáková",
            shipToContact="Eva Horáková",
            **_both_sides("Dlouhá 7", "", "Praha", "CZ", "110 00"),
        ),
        [{**KETTLE, "quantity": 1, "unitPrice": 749.0, "taxPercent": 21}],
    ),
    "poland": (
        _head(
            "D-PL",
            "PLN",
            259.98,
            48.61,
            shipToName="Jan Wiśniewski",
            shipToContact="Jan Wiśniewski",
            **_both_sides("Prosta 51", "m. 12", "Warszawa", "PL", "00-838"),
        ),
        [{**KETTLE, "quantity": 2, "unitPrice": 129.99, "taxPercent": 23}],
    ),
    "packstation": (
        _head(
            "D-DE",
            "EUR",
            29.99,
            4.79,
            shipToAddressLine1="Packstation 147",
            shipToAddressLine2="12345678",
            shipToCity="Berlin",
            shipToPostCode="10115",
        ),
        [{**KETTLE, "quantity": 1, "unitPrice": 29.99, "taxPercent": 19}],
    ),
    "cancelled before": (
        _head("D-DE", "EUR", 29.99, 4.79),
        [{**KETTLE, "quantity": 1, "unitPrice": 29.99, "taxPercent": 19}],
    ),
    "cancelled after": (
        _head("D-DE", "EUR", 89.97, 14.36),
        [{**KETTLE, "quantity": 3, "unitPrice": 29.99, "taxPercent": 19}],
    ),
}
HELD = {"company": "company", "deemed supplier": "deemed_supplier", "unmapped": "unmapped_item"}


def shipping_number(_storefront: str, vat: float | None) -> str:
    """Return an account for each rate."""
    return "8300" if vat == 7 else "8400"


@pytest.fixture
def shop(tmp_path: Path) -> "Any":
    """Give a seller with customers, items and accounts for all of it."""
    with seller(tmp_path, shipping_number=shipping_number) as opened:
        opened.fake.add_item("TEE-7", vat="reduced")
        opened.fake.add_account("8300", vat="reduced")
        for item in opened.fake.books.items:
            item["salesUnitOfMeasureCode"] = "KARTON"
        for customer in opened.fake.books.customers:
            customer["phoneNumber"] = "0800 1"
        opened.fake.books.post_codes |= {
            "1060": "Wien, Mariahilf",
            "00-838": "Warszawa (Wola)",
            "04107": "Leipzig-Mitte",
        }
        with opened.store() as store:
            for currency in ("CZK", "PLN"):
                confirm_currency(store, opened.target.name, currency, opened.shop.clock)
        yield opened


def troubled_pushes(shop: Seller, chance: random.Random, troubled: int) -> None:
    """Push until nothing is left to do, while the server fails and the process dies again and again."""
    for turn in range(400):
        shop.fake.books.field_order = chance.choice(["json", "page"])  # which of them is not known
        if turn < troubled:
            kind = chance.choice(
                ["hang_up_after", "500_after", "hang_up_before", "500_before", "deadlock_after", "429"]
            )
            shop.fake.fail(kind, path="salesOrders", method=chance.choice(["POST", "POST", "GET"]))
        shop.push(dies=chance.randrange(5, 120) if turn < troubled else None)
        shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() / 2)
        if turn >= troubled:  # what was sent again and again without an answer waits for a person
            retry(shop)
        left = set(shop.states().values()) & {"pending", "sending", "error"}
        if turn >= troubled and not left:
            return
    pytest.fail("it never came to an end")


def retry(shop: Seller) -> None:
    """Let what was given up be tried again, as a person does."""
    with shop.store() as store:
        for id_order in (one for one, state in shop.states().items() if state == "error"):
            store.sales_orders.wait(id_order, shop.shop.clock.now())


@pytest.mark.slow
@pytest.mark.parametrize("of_each_kind", sampled([4, 20], 4))
def test_exactly_the_right_documents(shop: Seller, of_each_kind: int) -> None:
    """Each order has its one document or its reason, and each document is what a bookkeeper would have typed."""
    chance = random.Random(4)
    kinds: dict[str, str] = {}
    names = list(KINDS) * of_each_kind
    chance.shuffle(names)
    for name in names:
        kinds[shop.arrive(KINDS[name].units, **KINDS[name].fields)] = name
    shop.collect()
    for id_order in (one for one, name in kinds.items() if name == "cancelled before"):
        shop.change(id_order, 0, status="cancelled")
    troubled_pushes(shop, chance, troubled=3 * of_each_kind)
    created = shop.created()
    assert sorted(created) == sorted(one for one, name in kinds.items() if name in EXPECTED)
    for document in shop.fake.orders:
        name = kinds[document["externalDocumentNumber"]]
        head, lines = EXPECTED[name]
        sums = totals_of(document["salesOrderLines"])
        last = document["salesOrderLines"][-1]["lineType"]
        own = document["totalAmountIncludingTax"]
        assert (own < sums["totalAmountIncludingTax"]) == (last == "Account"), "the header's totals leave out accounts"
        found = {key: _plain(value) for key, value in {**document, **sums}.items() if key not in UNCOMPARED}
        assert {key: found.get(key) for key in head} == head, name
        got = [{key: _plain(line[key]) for key in lines[0]} for line in document["salesOrderLines"]]
        assert got == lines, name
        units = {line["unitOfMeasureCode"] for line in document["salesOrderLines"] if line["lineType"] == "Item"}
        assert units == {"STK"}, name
    states, numbers = shop.states(), shop.numbers()
    for id_order, name in kinds.items():
        if name in HELD:
            assert (states[id_order], shop.reasons(id_order)) == ("held", [HELD[name]])
        else:
            assert states[id_order] == "created"
            assert numbers[id_order]
    _cancel_afterwards(shop, kinds)


def _cancel_afterwards(shop: Seller, kinds: dict[str, str]) -> None:
    """Cancel units now, and see that it is reported and that the documents stay as they are."""
    before = shop.fake.orders
    chosen = [one for one, name in kinds.items() if name == "cancelled after"]
    for id_order in chosen:
        shop.change(id_order, 1, status="cancelled")
    shop.collect()
    for id_order in chosen:
        with shop.store() as store:
            row = store.sales_orders.row(id_order)
        assert row is not None
        assert row.state == "conflict"
        number = shop.numbers()[id_order]
        (reason,) = row.reasons
        assert reason.text == f"Sales order {number}, line 1 (KESSEL-17): quantity 3, now 2: cancelled: do not ship."
    assert shop.fake.orders == before


def _plain(value: Any) -> Any:
    return float(value) if not isinstance(value, str | bool | int) else value
