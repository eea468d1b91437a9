"""The table of results."""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One promise with its result."""

    promise: str
    target: str
    figure: str
    met: bool
    beside: str = ""
    """Further measurements."""


def machine() -> str:
    """Return a line with the machine and the versions."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("httpx", "typer", "pydantic"))
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {sys.version.split()[0]},"
        f" SQLite {sqlite3.sqlite_version}, {libraries}, kaufland-cli {version('kaufland-cli')}"
    )


def table(lines: Iterable[Line]) -> str:
    """Return the results as a Markdown table."""
    rows = ["| promise | target | measured | met | details |", "|---|---|---|---|---|"]
    rows += [
        f"| {line.promise} | {line.target} | {line.figure} | {'yes' if line.met else '**missed**'} | {line.beside} |"
        for line in lines
    ]
    return "\n".join([machine(), "", *rows])
