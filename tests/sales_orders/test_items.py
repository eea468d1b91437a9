"""What a unit is sold as: never a different item, and where that is not certain, nothing is created."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.sales_orders.file_target import FileTarget
from kaufland_cli.sales_orders.item_mapping import ItemMapping, read_item_mapping
from kaufland_cli.sales_orders.prepare import Prepared, prepare
from support.business_central_fake import Asked
from support.clocks import HeldClock
from support.orders import card, unit
from support.push import Seller, seller
from support.sales_order_rules import rules

SINGLE = "4006381333931"
"""The EAN of a kettle, which sellers write at a set of three as well."""
ALLOW = "kaufland config set sales_orders.match_by_ean when_sku_unknown"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller whose item KESSEL-17 has the EAN of a kettle."""
    with seller(tmp_path) as opened:
        yield opened


def mapping(folder: Path, rows: str) -> ItemMapping:
    """Write and read a mapping file."""
    (folder / "items.csv").write_text(rows, encoding="utf-8")
    return read_item_mapping(folder / "items.csv")


def sold(shop: Seller, *units: OrderUnit, **fields: Any) -> Prepared:
    """Prepare an order for Business Central."""
    return prepare(card(*units), rules(**fields), shop.target)


def numbers(found: Prepared) -> list[str] | str:
    """Return what the lines are sold as, or the code of the reason why there are none."""
    if found.document is None:
        (reason,) = found.reasons
        return reason.code
    return [line.number for line in found.document.lines]


def test_set_of_three_is_not_booked_as_one_kettle(shop: Seller) -> None:
    """Over real HTTP and a real store: held with SKU, EAN and item named; the command in the hint lets it through."""
    id_order = shop.arrive([{"id_offer": "KESSEL-17-3ER", "price": 8000}])
    shop.collect()
    shop.push()
    assert (shop.states()[id_order], shop.created()) == ("held", [])
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        assert row is not None
        (reason,) = row.reasons
    assert reason.code == "ean_not_allowed"
    assert all(name in reason.text for name in ("SKU KESSEL-17-3ER", f"EAN {SINGLE}", "item KESSEL-17"))
    assert str(reason.fix).endswith(ALLOW)
    shop.rules = rules(match_by_ean="when_sku_unknown")
    shop.push()
    assert shop.states()[id_order] == "created"


@pytest.mark.parametrize("sku", ["KESSEL-17-3ER", "größe-1", "kessel 17", "KESSEL-17*", "0"])
@pytest.mark.parametrize(
    ("allowed", "with_sku", "without"),
    [
        ("never", "unmapped_item", "unmapped_item"),
        ("when_no_sku", "ean_not_allowed", ["KESSEL-17"]),
        ("when_sku_unknown", ["KESSEL-17"], ["KESSEL-17"]),
    ],
)
def test_ean_counts_only_where_the_seller_allows_it(
    shop: Seller, allowed: str, with_sku: Any, without: Any, sku: str
) -> None:
    """For whatever SKU that nobody knows, in Business Central; one without a SKU has nothing else."""
    assert numbers(sold(shop, unit(1, id_offer=sku), match_by_ean=allowed)) == with_sku
    for nothing in (None, "", " "):
        assert numbers(sold(shop, unit(1, id_offer=nothing), match_by_ean=allowed)) == without


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [("never", "unmapped_item"), ("when_no_sku", "ean_not_allowed"), ("when_sku_unknown", ["1001"])],
)
def test_mapping_file_is_no_other_rule(shop: Seller, tmp_path: Path, allowed: str, expected: Any) -> None:
    """An EAN in the seller's list is an EAN, too; a SKU in it always counts."""
    listed = mapping(tmp_path, f"sku,ean,item\n,{SINGLE},1001\nTEE-7,,2002\n")
    assert numbers(sold(shop, unit(1, id_offer="SET"), mapping=listed, match_by_ean=allowed)) == expected
    assert numbers(sold(shop, unit(1, id_offer="TEE-7"), mapping=listed, match_by_ean=allowed)) == ["2002"]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [("never", ["SET"]), ("when_no_sku", "ean_not_allowed"), ("when_sku_unknown", ["1001"])],
)
def test_folder_knows_no_skus(tmp_path: Path, allowed: str, expected: Any) -> None:
    """The SKU is the item's number, unless the list has another item for the EAN: then nobody knows which is right."""
    listed = mapping(tmp_path, f"ean,item\n{SINGLE},1001\n")
    folder = FileTarget(tmp_path / "orders", HeldClock())
    given = rules(mapping=listed, match_by_ean=allowed)
    assert numbers(prepare(card(unit(1, id_offer="SET")), given, folder)) == expected
    assert numbers(prepare(card(unit(1, id_offer="SET", ean="96385074")), given, folder)) == ["SET"]


def test_sku_counts_whatever_its_eans(shop: Seller) -> None:
    """A known SKU decides; a blocked item is not replaced by another one with the same EAN."""
    shop.fake.add_item("OLD-1", blocked=True)
    shop.fake.add_item("TEE-7", gtin="5900000000000")
    assert numbers(sold(shop, unit(1, id_offer="tee-7"))) == ["TEE-7"]
    for allowed in ("never", "when_no_sku", "when_sku_unknown"):
        found = sold(shop, unit(1, id_offer="OLD-1"), match_by_ean=allowed)
        assert numbers(found) == "unmapped_item"
        assert "the item OLD-1 is blocked" in found.reasons[0].text


def test_every_ean_of_a_product_counts(shop: Seller) -> None:
    """From the answer of Kaufland through the store into the look-up: the third EAN is the item's."""
    shop.fake.add_item("MIXER", gtin="194252013212")
    eans = ["2000000000001", "0", "0194252013212"]
    id_order = shop.arrive([{"id_offer": None, "product": {"eans": eans, "title": "Mixer"}}])
    shop.collect()
    shop.push()
    assert shop.states()[id_order] == "created"
    assert shop.fake.orders[0]["salesOrderLines"][0]["lineObjectNumber"] == "MIXER"
    with shop.store() as store:
        card_of = store.queries.order(id_order)
        assert card_of is not None
        assert [list(unit.eans) for unit in card_of.units] == [eans]


@pytest.mark.parametrize(
    ("rows", "eans"),
    [
        ("ean,item\n1,1\n", [SINGLE, "5900000000000"]),  # both in Business Central
        (f"ean,item\n{SINGLE},1001\n05900000000000,1002\n", [SINGLE, "5900000000000"]),  # both in the list
        (f"ean,item\n{SINGLE},1001\n", [SINGLE, "5900000000000"]),  # one here, one there
        ("ean,item,variant\n96385074,1001,RED\n096385075,1001,BLUE\n", ["96385074", "96385075"]),
        ("ean,item,unit\n96385074,1001,STK\n096385075,1001,KTN\n", ["96385074", "96385075"]),
    ],
)
@pytest.mark.parametrize("allowed", ["when_no_sku", "when_sku_unknown"])
def test_two_items_that_match_are_a_hold(
    shop: Seller, tmp_path: Path, rows: str, eans: list[str], allowed: str
) -> None:
    """Neither is taken, nor the substitute account: it is no unit without an item."""
    shop.fake.add_item("MIXER", gtin="5900000000000")
    given = {"mapping": mapping(tmp_path, rows), "match_by_ean": allowed, "substitute_account": "8999"}
    found = sold(shop, unit(1, id_offer=None, eans=eans), **given)
    assert numbers(found) == "several_items"
    assert all(ean in found.reasons[0].text for ean in eans)


def test_item_with_several_eans_is_no_contradiction(shop: Seller, tmp_path: Path) -> None:
    """Named twice, or by the list and in Business Central, it is the same item; the list's variant counts."""
    listed = mapping(tmp_path, "ean,item,variant\n96385074,kessel-17,RED\n5900000000000,KESSEL-17,red\n")
    found = sold(shop, unit(1, id_offer=None, eans=["96385074", "5900000000000", SINGLE]), mapping=listed)
    assert found.document is not None
    assert [(line.number, line.variant) for line in found.document.lines] == [("kessel-17", "RED")]


def test_sku_and_the_list_that_disagree_are_a_hold(shop: Seller, tmp_path: Path) -> None:
    """The SKU is an item's number, and the list names another item for its EAN: a row for the SKU decides."""
    shop.fake.add_item("1000")
    listed = mapping(tmp_path, f"ean,item\n{SINGLE},2000\n")
    assert numbers(sold(shop, unit(1, id_offer="1000"), mapping=listed)) == "several_items"
    assert numbers(sold(shop, unit(1, id_offer="1000"), mapping=listed, match_by_ean="never")) == ["1000"]
    decided = mapping(tmp_path, f"sku,ean,item\n,{SINGLE},2000\n1000,,1000\n")
    assert numbers(sold(shop, unit(1, id_offer="1000"), mapping=decided)) == ["1000"]


def test_skus_that_differ_in_case_only_are_a_hold(shop: Seller, tmp_path: Path) -> None:
    """Where the list has several items for it, nobody guesses."""
    listed = mapping(tmp_path, "sku,item\naB3x,1000\nAb3X,1001\n")
    found = sold(shop, unit(1, id_offer="AB3X"), mapping=listed)
    assert numbers(found) == "several_items"
    assert "1000, 1001" in found.reasons[0].text


def test_each_kind_of_obstacle_is_named_at_once(shop: Seller) -> None:
    """One look at the order shows all there is to do, each with its own way out."""
    shop.fake.add_item("TWIN-1", gtin="5900000000000")
    shop.fake.add_item("TWIN-2", gtin="5900000000000")
    units = [
        unit(1, id_offer="NEW-1", ean=None),
        unit(2, id_offer="SET"),
        unit(3, id_offer=None, ean="5900000000000"),
        unit(4, id_offer=None, ean="0"),
    ]
    found = sold(shop, *units)
    assert [reason.code for reason in found.reasons] == ["unmapped_item", "ean_not_allowed", "several_items"]
    assert "SKU NEW-1" in found.reasons[0].text
    assert "SKU none, EAN 0: there is no SKU, and there is no EAN" in found.reasons[0].text


def test_substitute_account_takes_what_has_no_item(shop: Seller) -> None:
    """Also where an item with the EAN may not be taken."""
    found = sold(shop, unit(1, id_offer="SET"), substitute_account="8999")
    assert found.document is not None
    assert [(line.kind, line.number) for line in found.document.lines] == [("account", "8999")]


def test_carton_in_place_of_a_kettle_is_a_conflict(shop: Seller) -> None:
    """Item, quantity and every amount agree; the unit does not."""

    def change(asked: Asked) -> None:
        if asked.method == "POST" and asked.path == "salesOrders":
            shop.fake.books.orders[-1]["salesOrderLines"][0]["unitOfMeasureCode"] = "KTN"

    shop.fake.after = change
    id_order = shop.arrive([{}, {}])
    shop.collect()
    shop.push()
    assert (shop.states()[id_order], shop.reasons(id_order)) == ("conflict", ["document_differs"])


def test_unit_of_the_list_is_booked(shop: Seller, tmp_path: Path) -> None:
    """Per SKU; without one it is the item's base unit, never its sales unit."""
    shop.fake.add_item("TEE-7", unit="BTL", sales_unit="KTN", units=["SET3"])
    shop.rules = rules(mapping=mapping(tmp_path, "sku,item,unit\nTEE-3ER,TEE-7,set3\nTEE-1ER,TEE-7,\n"))
    for sku in ("TEE-3ER", "TEE-1ER", "TEE-7"):
        shop.arrive([{"id_offer": sku}])
    shop.collect()
    shop.push()
    assert set(shop.states().values()) == {"created"}
    units = [order["salesOrderLines"][0]["unitOfMeasureCode"] for order in shop.fake.orders]
    assert sorted(units) == ["BTL", "BTL", "SET3"]


@pytest.mark.parametrize("sku", [None, "", "\u200b", "***", "\u3164\u2800", "K***7"])
def test_sku_that_says_nothing_is_none(shop: Seller, sku: str | None) -> None:
    """Invisible or masked: the item is found by its EAN, as for a unit without any SKU."""
    found = sold(shop, unit(1, id_offer=sku, eans=[SINGLE]))
    assert numbers(found) == ["KESSEL-17"]
    assert found.document is not None
    assert [line.id_offer for line in found.document.lines] == [""]


@pytest.mark.parametrize("masks", [False, True])
def test_odd_skus_are_booked_as_what_they_are(shop: Seller, *, masks: bool) -> None:
    """From Kaufland to the line in Business Central: another item is as near as its number or its EAN allows."""
    shop.fake.masks = masks
    skus = {"Größe-1": "GRÖßE-1", "a*": "A*", "A|b": "A|B", "O'Neill & Co (2)": "O'NEILL & CO (2)", "..": ".."}
    for number in (*skus.values(), "GRÖSSE-1", "A", "B", "AB", "O"):
        shop.fake.add_item(number)
    ids = {shop.arrive([{"id_offer": sku}]): number for sku, number in skus.items()}
    shop.collect()
    shop.push()
    assert {one: shop.reasons(one) for one in ids} == {one: [] for one in ids}
    booked = {order["externalDocumentNumber"]: order["salesOrderLines"][0] for order in shop.fake.orders}
    assert {one: booked[one]["lineObjectNumber"] for one in ids} == ids
