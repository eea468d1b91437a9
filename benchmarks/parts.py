"""The parts of the benchmark by name; each sets up its shop, measures, and returns its lines of the table."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.first_import import first_imports
from benchmarks.growth import memory_and_lists
from benchmarks.million import everyday
from benchmarks.scene import Sizes
from benchmarks.shipping import shipping
from benchmarks.starts import starting
from benchmarks.table import Line
from benchmarks.walks import walk_with_latency, walk_without_latency

PARTS: dict[str, Callable[[Path, Sizes], list[Line]]] = {
    "first": first_imports,
    "latency": walk_with_latency,
    "walk": walk_without_latency,
    "start": starting,
    "memory": memory_and_lists,
    "million": everyday,
    "shipping": shipping,
}
