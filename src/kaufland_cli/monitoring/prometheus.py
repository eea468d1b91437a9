"""The state of imports for Prometheus, as node_exporter's textfile collector reads it (text format 0.0.4).

Moments are values, never timestamps of samples, which the collector does not take.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kaufland_cli.files import write_public_file


class Sample(NamedTuple):
    """One value of a metric, with its labels beside those of all."""

    value: float
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """A metric: its name behind `kaufland_`, what it means, and its samples; without any it is left out."""

    name: str
    meaning: str
    samples: Sequence[Sample]


def one(name: str, meaning: str, value: float | None) -> Metric:
    """Return a metric with one value, or none where it is not known."""
    return Metric(name, meaning, [] if value is None else [Sample(float(value))])


def exposition(metrics: Sequence[Metric], labels: Mapping[str, str]) -> str:
    """Return the text: all metrics are gauges and have these labels."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric, labels))


def write_readable(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable for the collector, which runs as another user. Raises OSError.

    The temporary name does not end in `.prom`, so that the collector never reads half a file.
    """
    write_public_file(path, text.encode())


def _lines(metric: Metric, labels: Mapping[str, str]) -> Iterator[str]:
    if not metric.samples:
        return
    name = f"kaufland_{metric.name}"
    yield f"# HELP {name} {_escaped(metric.meaning, quote=False)}"
    yield f"# TYPE {name} gauge"
    for sample in metric.samples:
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in {**labels, **sample.labels}.items())
        yield f"{name}{{{pairs}}} {_number(sample.value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str, *, quote: bool = True) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
