"""Runs the benchmark, or only the named parts, and prints the table.

python -m benchmarks [first] [latency] [walk] [start] [memory] [million] [shipping]
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.parts import PARTS
from benchmarks.scene import Sizes
from benchmarks.table import table


def main(names: list[str], sizes: Sizes) -> None:
    """Measure and print. A missed target is a line of the table, not a failure."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no part of the benchmark: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    lines = []
    with tempfile.TemporaryDirectory(prefix="kaufland-benchmark-") as folder:
        for name in names or PARTS:
            print(f"measuring: {name} …", file=sys.stderr, flush=True)
            lines += PARTS[name](Path(folder), sizes)
    print(table(lines))


if __name__ == "__main__":
    main(sys.argv[1:], Sizes())
