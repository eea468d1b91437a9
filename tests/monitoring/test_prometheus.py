"""The text for Prometheus, read back by a strict reader of the format."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.monitoring.channels.prometheus import Metric, Sample, exposition, one, write_readable

_SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))*)\} (\S+)')
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Read = dict[str, list[tuple[dict[str, str], float]]]


def read(text: str) -> Read:
    """Read the text format; insists on HELP and TYPE once before the samples of each metric, and on a last line end."""
    assert text == "" or text.endswith("\n")
    found: Read = {}
    helped, typed = "", ""
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            helped = line.split(" ")[2]
            assert helped not in found, "samples of one metric stand together"
            found[helped] = []
        elif line.startswith("# TYPE "):
            _, _, typed, kind = line.split(" ")
            assert (typed, kind) == (helped, "gauge")
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample[1] == typed
            labels = {
                name: re.sub(r"\\.", lambda escape: _UNESCAPED[escape[0]], value)
                for name, value in _LABEL.findall(sample[2])
            }
            assert labels not in [known for known, _ in found[typed]], "no sample comes twice"
            found[typed].append((labels, float(sample[3])))
    return found


def names_in(folder: Path) -> list[str]:
    """Return the names of what lies there."""
    return sorted(path.name for path in folder.iterdir())


@given(st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_any_label_is_read_back(profile: str, state: str, value: float) -> None:
    """Quotes, backslashes and line ends in labels and meanings harm nothing."""
    metric = Metric("sales_orders", f"By {state}".replace("\r", " "), [Sample(value, {"state": state})])
    found = read(exposition([metric], {"profile": profile}))
    assert found == {"kaufland_sales_orders": [({"profile": profile, "state": state}, value)]}


def test_unknown_values_are_left_out() -> None:
    """A metric without a value has no line at all; a whole number has no point."""
    text = exposition([one("orders", "Orders.", None), one("units", "Units.", 12_345_678_901)], {"profile": "default"})
    assert list(read(text)) == ["kaufland_units"]
    assert text.endswith(" 12345678901\n")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_collector_may_read_the_file_and_never_meets_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is readable by all and replaced in one step; what is being written does not end in .prom."""
    seen: list[list[str]] = []
    replace = Path.replace

    def watch(self: Path, target: Path) -> Path:
        seen.append(names_in(tmp_path))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watch)
    file = tmp_path / "kaufland.prom"
    write_readable(file, "a 1\n")
    write_readable(file, "a 2\n")
    assert file.read_text(encoding="utf-8") == "a 2\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [name for names in seen for name in names if name.endswith(".prom")] == ["kaufland.prom"]
    assert names_in(tmp_path) == ["kaufland.prom"]


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """A folder of that name stays, and no half-written file next to it."""
    (tmp_path / "kaufland.prom").mkdir()
    with pytest.raises(OSError, match=r"kaufland\.prom"):
        write_readable(tmp_path / "kaufland.prom", "a 1\n")
    assert names_in(tmp_path) == ["kaufland.prom"]
