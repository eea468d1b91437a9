"""The benchmark still runs: a tool that is used twice a year must not be found broken then."""

from pathlib import Path

import pytest
from benchmarks.parts import PARTS
from benchmarks.scene import Sizes
from benchmarks.table import table

from support.sampling import sampled

ROOT = Path(__file__).parent.parent
TINY = Sizes(
    orders=120,
    busy_orders=120,
    small_units=60,
    large_units=200,
    list_units=20,
    shipped=20,
    copies=(2,),
    times=1,
    walks=1,
    warm_up=0,
    latency=0.01,
)


@pytest.mark.parametrize("name", sampled(PARTS, "walk"))
def test_each_part_measures_what_it_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tiny shop each part runs through and has its lines in the table; the figures are not checked."""
    monkeypatch.chdir(ROOT)
    written = table(PARTS[name](tmp_path, TINY))
    assert len(written.splitlines()) > 4
    assert all(line.count("|") == 6 for line in written.splitlines()[2:])
