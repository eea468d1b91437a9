"""Finds the item for each unit of an order: by the seller's mapping, the SKU and, where allowed, the EANs.

Asks the mapping file and the target; the items go into the lines of the sales order. See docs/decisions/0018.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kaufland_cli.domain.bc_code import same_code
from kaufland_cli.domain.gtin import gtins
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.target_values import Item, ItemLookup, same_item
from kaufland_cli.sales_orders.lines import Goods, goods_of
from kaufland_cli.sales_orders.rules import WHEN_SKU_UNKNOWN, Rules
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.sales_order_row import Reason

Obstacle = Literal["unmapped_item", "ean_not_allowed", "several_items"]
SHOWN_EANS = 10
_LIST = "to the file set in sales_orders.item_mapping_file"
_ALLOW = command("config", "set", "sales_orders.match_by_ean", WHEN_SKU_UNKNOWN)
_TEXTS: dict[Obstacle, tuple[str, Hint]] = {
    "unmapped_item": (
        "No item was found",
        Hint("Add it ", _LIST, ", or create the item; the next push picks it up."),
    ),
    "ean_not_allowed": (
        "The SKU is unknown, and an item with the same EAN may be a different pack size",
        Hint("Add the SKU ", _LIST, ", or, if each EAN is always the same item: ", _ALLOW),
    ),
    "several_items": (
        "More than one item matches",
        Hint("Add the SKU, or each EAN, ", _LIST, "; the next push picks it up."),
    ),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """The item for one kind of goods, or why there is none."""

    item: Item | None
    obstacle: Obstacle = "unmapped_item"
    why: str = ""


def find_items(units: Sequence[OrderUnit], rules: Rules, target: Target) -> tuple[dict[Goods, Item], list[Reason]]:
    """Return the item of each kind of goods, and all reasons why some could not be found.

    Raises what `Target.item` raises where the target cannot be asked.
    """
    items: dict[Goods, Item] = {}
    obstacles: dict[Obstacle, list[str]] = {}
    for goods in dict.fromkeys(map(goods_of, units)):
        found = _find(goods, rules, target)
        item = found.item
        if item is None and found.obstacle != "several_items" and rules.substitute_account:
            item = Item(rules.substitute_account, kind="account")
        if item is None:
            obstacles.setdefault(found.obstacle, []).append(f"{_name(goods)}: {found.why}")
        else:
            items[goods] = item
    reasons = []
    for obstacle, named in obstacles.items():
        text, fix = _TEXTS[obstacle]
        reasons.append(Reason(obstacle, f"{text}: {'; '.join(dict.fromkeys(named))}.", fix))
    return items, reasons


def _find(goods: Goods, rules: Rules, target: Target) -> _Found:
    """Look in the mapping file and in the target: first for the SKU, then for the EANs."""
    listed = rules.mapping.by_sku(goods.sku)
    if len(listed) > 1:
        return _several("the mapping file has more than one item for this SKU", listed)
    if listed:
        return _Found(listed[0])
    numbers = () if rules.match_by_ean == "never" else gtins(goods.eans)
    by_ean = rules.mapping.by_gtins(numbers)
    number = target.item(goods.sku) if goods.sku else ItemLookup(None, "there is no SKU", known=False)
    if number.known:
        # The SKU is an item number. If the mapping file has a different item for its EAN, one of the two is wrong.
        if number.item is not None and any(not same_item(number.item, one) for one in by_ean):
            return _several("the SKU is an item number, but the mapping file has a different item for the EAN", by_ean)
        return _Found(number.item, why=number.reason)
    if number.item is not None and not by_ean:  # the target cannot look up item numbers
        return _Found(number.item)
    found = _by_ean(numbers, number.reason, rules, target)
    if found.item is not None and goods.sku and rules.match_by_ean != WHEN_SKU_UNKNOWN:
        return _Found(None, "ean_not_allowed", f"its EAN belongs to item {_describe(found.item)}")
    return found


def _by_ean(numbers: tuple[str, ...], no_sku: str, rules: Rules, target: Target) -> _Found:
    """Find the item of EANs: the mapping file decides about those that are in it, the target about the rest."""
    if not numbers:
        never = rules.match_by_ean == "never"
        return _Found(None, why=f"{no_sku}, and {'EANs are not compared' if never else 'there is no EAN'}")
    listed = rules.mapping.by_gtins(numbers)
    if len(listed) > 1:
        return _several("the mapping file has more than one item for its EANs", listed)
    unlisted = [number for number in numbers if not rules.mapping.by_gtins([number])]
    found = target.item_by_gtin(unlisted) if unlisted else ItemLookup(None, known=False)
    if not listed:
        return _Found(
            found.item, "several_items" if found.ambiguous else "unmapped_item", f"{no_sku} and {found.reason}"
        )
    if found.known and (found.item is None or not same_code(found.item.number, listed[0].number)):
        other = f"another EAN belongs to item {found.item.number}" if found.item else found.reason
        return _several(f"the mapping file has an item for one EAN, but {other}", listed)
    return _Found(listed[0])


def _several(why: str, items: Iterable[Item]) -> _Found:
    return _Found(None, "several_items", f"{why} ({', '.join(map(_describe, items))})")


def _describe(item: Item) -> str:
    return " ".join(part for part in (item.number, item.variant, item.unit) if part)


def _name(goods: Goods) -> str:
    more = len(goods.eans) - SHOWN_EANS
    eans = ", ".join(goods.eans[:SHOWN_EANS]) + (f" and {more} more" if more > 0 else "")
    return f"SKU {goods.sku or 'none'}, {'EANs' if len(goods.eans) > 1 else 'EAN'} {eans or 'none'}"
