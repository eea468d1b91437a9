"""Everyday commands in stores of 20,000, 200,000 and a million units: what they cost follows what they show."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import environment, in_turns, kaufland, run
from benchmarks.multiplied import multiply
from benchmarks.scene import PER_SECOND, UNBOUND, Sizes, import_all
from benchmarks.shop import open_shop
from benchmarks.table import Line
from benchmarks.targets import MAX_EVERYDAY_SECONDS

ORDERS_TO_UNITS = 1.57
SALES_ORDERS = {
    "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
    "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D00010",
}
LIST = "orders list --limit 20"
COMMANDS = (
    LIST,
    "orders show ORDER",
    f"{LIST} --status need_to_be_sent",
    f"{LIST} --status returned_paid",
    f"{LIST} --storefront cz",
    f"{LIST} --without-sales-order",
    f"{LIST} --sales-order-state error",
    f"{LIST} --new",
    f"{LIST} --search er",
    f"{LIST} --search qx",
    f"{LIST} --search ORDER",
    f"{LIST} --search EMAIL",
    "sales-orders list --limit 20",
    "sales-orders list --state held --limit 20",
    "status",
    "log show",
    "import-orders",
    "doctor",
)


def everyday(folder: Path, sizes: Sizes) -> list[Line]:
    """Measure each command in turns in the small store and in the large ones, which have the same newest orders."""
    with open_shop(round(sizes.small_units / ORDERS_TO_UNITS), "own buyers") as shop:
        settings = {**shop.environ, **SALES_ORDERS, PER_SECOND: UNBOUND}
        first = environment(folder / "first", **settings)
        import_all(first, shop)
        for _ in range(2):  # until no details are waiting
            run([*kaufland(), "import-orders"], first)
        environs = [_grown(folder, copies, settings) for copies in sizes.copies]
        newest, other = _two_orders(first)
        units = f"{shop.units * sizes.copies[-1]:,}"
        lines = [
            _line(
                words,
                units,
                words.replace("ORDER", newest["id_order"]).replace("EMAIL", newest["buyer_email"]),
                environs,
                sizes,
            )
            for words in COMMANDS
        ]
        once = replace(sizes, times=1, warm_up=0)
        return [*lines, _line("orders erase", units, f"orders erase {other['id_order']} --yes", environs, once)]


def _grown(folder: Path, copies: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a store with so many times the orders of the first."""
    environ = environment(folder / f"times-{copies}", **settings)
    shutil.copytree(folder / "first", folder / f"times-{copies}")
    (store,) = Path(environ["KAUFLAND_DATA_DIR"]).rglob("*.sqlite3")
    multiply(store, copies)
    return environ


def _two_orders(environ: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the newest order and another one."""
    orders = json.loads(run([*kaufland(), "orders", "list", "--json", "--limit", "40"], environ).out)["orders"]
    return [orders[0], orders[-1]]


def _line(name: str, units: str, words: str, environs: list[dict[str, str]], sizes: Sizes) -> Line:
    runs = in_turns([([*kaufland(), *words.split()], environ) for environ in environs], sizes.times, sizes.warm_up)
    least = [min(one.cpu for one in found) for found in runs]  # other programs only add to it
    more = max(0.0, least[-1] - least[0])
    return Line(
        f"`{name}` with {units} units",
        f"below {MAX_EVERYDAY_SECONDS} s of processor time more than in the smallest store",
        f"{more:.2f} s more",
        more < MAX_EVERYDAY_SECONDS,
        f"{', '.join(f'{one:.2f}' for one in least)} s, start-up included",
    )
