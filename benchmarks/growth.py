"""How memory, store, lists and searches grow with the shop."""

import json
from pathlib import Path

from benchmarks.measure import Run, environment, in_turns, kaufland, middle, ratio, run
from benchmarks.scene import PER_SECOND, UNBOUND, Sizes, import_all
from benchmarks.shop import open_shop
from benchmarks.table import Line
from benchmarks.targets import (
    MAX_BYTES_A_UNIT,
    MAX_FOR_A_SEARCH,
    MAX_LIST_GROWTH,
    MAX_MEGABYTES,
    MAX_MEMORY_GROWTH,
)

ORDERS_TO_UNITS = 1.57


def memory_and_lists(folder: Path, sizes: Sizes) -> list[Line]:
    """Import a small and a large shop, measure memory and size, then list and search."""
    imports: dict[int, Run] = {}
    stores: dict[int, tuple[int, int]] = {}
    environs: dict[int, dict[str, str]] = {}
    for units in (sizes.list_units, sizes.small_units, sizes.large_units):
        with open_shop(round(units / ORDERS_TO_UNITS), "own buyers") as shop:
            environ = environs[units] = environment(folder / f"of-{units}", **shop.environ, **{PER_SECOND: UNBOUND})
            imports[units] = import_all(environ, shop)
            stores[units] = (_bytes_of_store(environ), shop.units)
    small, large = imports[sizes.small_units].peak, imports[sizes.large_units].peak
    size, units = stores[sizes.large_units]
    lines = [
        Line(
            f"peak memory of an import of {units:,} units",
            f"at most {MAX_MEMORY_GROWTH} times that of {stores[sizes.small_units][1]:,}, below {MAX_MEGABYTES} MB",
            f"{large / small:.2f} times, {large:.0f} MB",
            large / small <= MAX_MEMORY_GROWTH and large < MAX_MEGABYTES,
            f"{small:.0f} MB with few; {imports[sizes.large_units].wall:.0f} s for all",
        ),
        _size("own buyers", size / units, f"{units:,} units"),
        *(_size(kind, _bytes_a_unit(folder, sizes, kind), "") for kind in ("usual", "own products")),
    ]
    return lines + _lists(environs[sizes.list_units], environs[sizes.large_units], sizes)


def _size(kind: str, found: float, details: str) -> Line:
    most = MAX_BYTES_A_UNIT[kind]
    return Line(
        f"store of a shop: {kind}", f"at most {most} bytes a unit", f"{found:.0f} bytes", found <= most, details
    )


def _bytes_a_unit(folder: Path, sizes: Sizes, kind: str) -> float:
    with open_shop(sizes.orders, kind) as shop:
        environ = environment(folder / f"size-{kind}", **shop.environ, **{PER_SECOND: UNBOUND})
        import_all(environ, shop)
        return _bytes_of_store(environ) / shop.units


def _bytes_of_store(environ: dict[str, str]) -> int:
    """Return the size of the store, including SQLite's files next to it, in bytes.

    Without the megabyte that is reserved for a full disk.
    """
    files = Path(environ["KAUFLAND_DATA_DIR"]).rglob("*.sqlite3*")
    return sum(file.stat().st_size for file in files if file.suffix != ".reserve")


def _lists(few: dict[str, str], many: dict[str, str], sizes: Sizes) -> list[Line]:
    plain = [*kaufland(), "orders", "list", "--limit", "50"]
    order = json.loads(run([*plain, "--json"], many).out)["orders"][25]
    texts = {"order id": order["id_order"], "buyer": order["buyer_name"], "EAN": _an_ean(order["id_order"], many)}
    commands = [(plain, few), (plain, many)]
    commands += [([*plain, "--search", text], many) for text in texts.values()]
    small, large, *searches = in_turns(commands, sizes.times, sizes.warm_up)
    lines = [
        Line(
            "`orders list` in the large store",
            f"at most {MAX_LIST_GROWTH} times its time at {sizes.list_units:,} units",
            f"{ratio(large, small):.2f} times",
            ratio(large, small) <= MAX_LIST_GROWTH,
            f"{middle(large) * 1000:.0f} ms against {middle(small) * 1000:.0f} ms",
        )
    ]
    for name, found in zip(texts, searches, strict=True):
        more = (middle(found) - middle(large)) * 1000
        lines.append(
            Line(
                f"`orders list --search` by {name}",
                f"below {MAX_FOR_A_SEARCH} ms more",
                f"{more:.0f} ms more",
                more < MAX_FOR_A_SEARCH,
            )
        )
    return lines


def _an_ean(id_order: str, environ: dict[str, str]) -> str:
    units = json.loads(run([*kaufland(), "orders", "show", id_order, "--json"], environ).out)["units"]
    return str(units[0]["ean"])
