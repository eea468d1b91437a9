"""The walk of an import compared with the plain script, with and without latency."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.measure import Run, environment, run
from benchmarks.scene import PER_SECOND, UNBOUND, Sizes, import_all, require_all
from benchmarks.shop import Shop, open_shop
from benchmarks.table import Line
from benchmarks.targets import (
    MAX_REQUESTS_A_SECOND,
    MAX_TIME,
    MIN_THROUGHPUT,
)
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY

HERE = Path(__file__).parent


@contextmanager
def _fresh(folder: Path, name: str) -> Iterator[Path]:
    """Yield the path of a new file in a temporary folder, and remove both afterwards."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    yield place / "store.sqlite3"
    shutil.rmtree(place)


QUICKER_KEY, USUAL_KEY = "PRIMARY KEY", "INTEGER PRIMARY KEY"


def _plain(folder: Path, shop: Shop, key: str = QUICKER_KEY) -> dict[str, float]:
    found: dict[str, float] = json.loads(plain_run(folder, shop, key).out)
    return found


def plain_run(folder: Path, shop: Shop, key: str = QUICKER_KEY) -> Run:
    """Run the plain script over the last 30 days."""
    since = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _fresh(folder, "plain") as store:
        words = [sys.executable, str(HERE / "plain_import.py"), shop.base_url, DEMO_CLIENT_KEY, DEMO_SECRET_KEY]
        return run([*words, since, str(store), key], environment(folder))


def _walk(folder: Path, shop: Shop, limit: str) -> dict[str, float]:
    with _fresh(folder, "walk") as store:
        environ = environment(folder, **shop.environ, **{PER_SECOND: limit})
        found: dict[str, float] = json.loads(run([sys.executable, str(HERE / "walk.py"), str(store)], environ).out)
    return found


def _whole(folder: Path, shop: Shop, limit: str) -> Run:
    environ = environment(folder / "whole", **shop.environ, **{PER_SECOND: limit})
    done = import_all(environ, shop)
    shutil.rmtree(folder / "whole")
    return done


Pair = tuple[dict[str, float], dict[str, float]]


def _middle_pair(folder: Path, shop: Shop, limit: str, times: int) -> tuple[Pair, int]:
    """Run the walk and the plain script in turns; return the median pair and the busiest second of the walks."""
    pairs: list[Pair] = []
    busiest = 0
    for _ in range(times):
        shop.traffic()
        ours = _walk(folder, shop, limit)
        busiest = max(busiest, shop.traffic()["busiest_second"])
        theirs = _plain(folder, shop)
        for side in (ours, theirs):
            require_all(side["units"], shop)
        pairs.append((ours, theirs))
    pairs.sort(key=_throughput)
    return pairs[len(pairs) // 2], busiest


def _throughput(pair: Pair) -> float:
    """Return our units per second as a multiple of the plain script's."""
    ours, theirs = pair
    return (ours["units"] / ours["seconds"]) / (theirs["units"] / theirs["seconds"])


def walk_with_latency(folder: Path, sizes: Sizes) -> list[Line]:
    """Read the list at 100 ms per response, limited to 100 and to 20 requests per second."""
    with open_shop(sizes.orders, latency=sizes.latency) as shop:
        pair, busiest = _middle_pair(folder, shop, "100", sizes.walks)
        shop.traffic()
        whole = _whole(folder, shop, "100")
        busiest = max(busiest, shop.traffic()["busiest_second"])
        slow = _walk(folder, shop, "20")
        slow_busiest = shop.traffic()["busiest_second"]
    times, (ours, theirs) = _throughput(pair), pair
    return [
        Line(
            f"walk at {sizes.latency * 1000:.0f} ms an answer, limit 100, {ours['units']:,} units",
            f"at least {MIN_THROUGHPUT} times the throughput of the plain script",
            f"{times:.1f} times",
            times >= MIN_THROUGHPUT,
            f"{ours['seconds']:.1f} s against {theirs['seconds']:.1f} s; the whole command with details"
            f" {whole.wall:.1f} s; limit 20: {slow['seconds']:.1f} s",
        ),
        Line(
            "requests that arrive within any one second",
            f"never above {MAX_REQUESTS_A_SECOND}",
            f"{busiest} (limit 100, details included), {slow_busiest} (limit 20)",
            max(busiest, slow_busiest) <= MAX_REQUESTS_A_SECOND,
        ),
    ]


def walk_without_latency(folder: Path, sizes: Sizes) -> list[Line]:
    """Read the list as fast as both programs can, in a usual shop and in one where every unit has its own product."""
    return [_without_latency(folder, sizes, kind) for kind in ("usual", "own products")]


def _without_latency(folder: Path, sizes: Sizes, kind: str) -> Line:
    with open_shop(sizes.orders, kind) as shop:
        _plain(folder, shop)
        turns = [
            (_walk(folder, shop, UNBOUND), _plain(folder, shop), _plain(folder, shop, USUAL_KEY))
            for _ in range(sizes.walks)
        ]
        whole = _whole(folder, shop, UNBOUND)
    found = median(ours["seconds"] / quicker["seconds"] for ours, quicker, _ in turns)
    usual = median(ours["seconds"] / theirs["seconds"] for ours, _, theirs in turns)
    seconds = [median(turn[side]["seconds"] for turn in turns) for side in range(3)]
    cpu = [median(turn[side]["cpu"] for turn in turns) / (turns[0][0]["units"] / 100) * 1000 for side in range(2)]
    return Line(
        f"walk without latency and limit, {kind}, {turns[0][0]['units']:,} units",
        f"at most {MAX_TIME} times the time of the plain script",
        f"{found:.2f} times; {usual:.2f} times with `{USUAL_KEY}`",
        found <= MAX_TIME,
        f"{seconds[0]:.2f} s against {seconds[1]:.2f} s and {seconds[2]:.2f} s; processor time of a page"
        f" {cpu[0]:.1f} ms against {cpu[1]:.1f} ms; the whole command with details {whole.wall:.1f} s",
    )
