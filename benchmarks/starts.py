"""Start-up time of short commands, and an import with nothing new."""

import json
import sys
from pathlib import Path
from statistics import median

from benchmarks.measure import environment, in_turns, kaufland, middle, ratio, run
from benchmarks.scene import Sizes
from benchmarks.shop import open_shop
from benchmarks.table import Line
from benchmarks.targets import (
    MAX_FOR_A_LIST,
    MAX_FOR_NOTHING_NEW,
    MAX_FOR_STATUS,
)

HERE = Path(__file__).parent


def starting(folder: Path, sizes: Sizes) -> list[Line]:
    """Measure the start-up time of short commands."""
    bare = [sys.executable, str(HERE / "bare_typer.py"), "one"]
    with open_shop(400) as shop:
        environ = environment(folder / "start", **shop.environ)
        for _ in range(3):  # until no details are waiting
            run([*kaufland(), "import-orders"], environ)
        quiet = [*kaufland(), "import-orders"]
        shop.traffic()
        in_window = json.loads(run([*quiet, "--json"], environ).out)["units_seen"]
        asked = shop.traffic()["requests"]
        commands = [bare, [*kaufland(), "--version"], quiet]
        commands += [[*kaufland(), *words] for words in (("orders", "list"), ("status",), ("log", "show"))]
        runs = in_turns([(words, environ) for words in commands], sizes.times, sizes.warm_up)
    first, version, nothing_new, *others = runs
    # A page has a hundred rows; the first one repeats the last one of the previous page.
    needed = max(1, -(-(in_window - 1) // 99))
    lines = [
        Line(
            "`kaufland --version`",
            "no slower than a bare Typer program with two commands",
            f"{ratio(version, first):.2f} times",
            ratio(version, first) <= 1,
            f"{middle(version) * 1000:.0f} ms against {middle(first) * 1000:.0f} ms",
        ),
        Line(
            "a run with nothing new",
            f"at most {MAX_FOR_NOTHING_NEW} times `kaufland --version`",
            f"{ratio(nothing_new, version):.2f} times",
            ratio(nothing_new, version) <= MAX_FOR_NOTHING_NEW,
            f"{middle(nothing_new) * 1000:.0f} ms, {median(one.cpu for one in nothing_new) * 1000:.0f} ms of it"
            " processor time",
        ),
        Line(
            "its requests",
            "none beyond what the overlap's rows need",
            f"{asked} for {in_window} units",
            asked <= needed,
        ),
    ]
    for name, found in zip(("orders list", "status", "log show"), others, strict=True):
        target = MAX_FOR_STATUS if name == "status" else MAX_FOR_A_LIST
        lines.append(
            Line(
                f"`kaufland {name}`",
                f"at most {target} times that bare program",
                f"{ratio(found, first):.2f} times",
                ratio(found, first) <= target,
                f"{middle(found) * 1000:.0f} ms",
            )
        )
    return lines
