"""The memory on disk: private, whole, and no reason for anything to fail."""

import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.monitoring.memory import ChannelFailure, Failure, Memory, Notification, Notified
from kaufland_cli.monitoring.memory_file import NAME, SIZE, _content, change_memory, read_memory, write_memory
from support.hostile_files import TRAPS, within
from support.seller_api import STEADY

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FULL = Memory(
    host="sellerapi.kaufland.com",
    attempted_at=NOW,
    held_since=NOW - timedelta(hours=3),
    ended_at=NOW,
    exit_code=5,
    failure=Failure(NOW - timedelta(days=1), NOW, 96, "5 timed_out", "Kaufland did not answer.", notified=True),
    notified={"5 timed_out": Notified(NOW, 3)},
    recoveries=2,
    recovered_at=NOW,
    news_up_to="2026-11-24T08:00:00Z",
    news_notified_at=NOW,
    unsent=Notification("subject", "Grüße\nzweite Zeile"),
    channel_failures={"ping": ChannelFailure(NOW, "no response")},
)
RECORD = json.loads(_content(FULL))


@pytest.mark.parametrize("memory", [Memory(), FULL])
def test_written_memory_is_remembered(memory: Memory, tmp_path: Path) -> None:
    """Everything comes back as it was, from a file of one size in a folder made for it."""
    folder = tmp_path / "data" / "default"
    assert write_memory(folder, memory) == ""
    assert read_memory(folder) == memory
    assert (folder / NAME).stat().st_size == SIZE
    assert list(folder.iterdir()) == [folder / NAME]


def test_runs_that_end_at_the_same_moment_are_both_remembered(tmp_path: Path) -> None:
    """Each change is made to what the one before has left, in processes and threads alike; nothing else is left."""
    folder = tmp_path / "data"

    def count() -> None:
        change_memory(folder, lambda memory: replace(memory, recoveries=memory.recoveries + 1))

    threads = [threading.Thread(target=count) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert read_memory(folder).recoveries == 20
    assert list(folder.iterdir()) == [folder / NAME]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are POSIX's")
@pytest.mark.parametrize("trap", TRAPS)
def test_planted_file_is_neither_read_nor_followed(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    """A link, a pipe, a device, an endless file: nothing is remembered, the reason is, and no other file is changed."""
    trap(tmp_path / NAME)
    with within():
        assert NAME in read_memory(tmp_path).lost
        failed = write_memory(tmp_path, FULL)
    if (tmp_path / "precious").exists():
        assert (tmp_path / "precious").read_bytes() == b"precious"
    assert bool(failed) is not (read_memory(tmp_path) == FULL)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_memory_file_is_private(tmp_path: Path) -> None:
    """Nobody else may read it."""
    write_memory(tmp_path / "data", FULL)
    assert (tmp_path / "data" / NAME).stat().st_mode & 0o777 == 0o600


def test_file_of_an_earlier_version_is_understood(tmp_path: Path) -> None:
    """Its words were others; nobody is notified twice, or forgotten, because of a new version."""
    former = RECORD | {
        "schema": "kaufland.told/1",
        "told": RECORD["notified"],
        "news_told_at": RECORD["news_notified_at"],
    }
    former["failure"] = {name.replace("notified", "told"): value for name, value in RECORD["failure"].items()}
    del former["notified"], former["news_notified_at"]
    (tmp_path / NAME).write_text(json.dumps(former), encoding="utf-8")
    assert read_memory(tmp_path) == FULL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema": "kaufland.alert-state/2", "host": ""}',
        b'{"schema": "kaufland.alert-state/1"}',
        b'{"schema": "kaufland.told/1"}',
        b"[" * 100_000,
        json.dumps(RECORD | {"ended_at": "9999-12-31T23:59:59+00:00"}).encode(),
        json.dumps(RECORD | {"ended_at": "0001-01-01T00:00:00+00:00"}).encode(),
        json.dumps(RECORD | {"unsent": {"subject": "\ud800", "text": ""}}).encode(),
        b"\0" * 16_384,
    ],
)
def test_unreadable_file_counts_as_none(content: bytes, tmp_path: Path) -> None:
    """A file that is broken, foreign or of a newer program is none, which is known; the next run writes over it."""
    (tmp_path / NAME).write_bytes(content)
    found = read_memory(tmp_path)
    assert found == Memory(lost=found.lost)
    assert NAME in found.lost
    assert write_memory(tmp_path, FULL) == ""
    assert read_memory(tmp_path) == FULL


@STEADY
@given(
    st.sampled_from(["attempted_at", "failure", "told", "recoveries", "unsent"]),
    st.one_of(
        st.none(),
        st.integers(),
        st.text(max_size=5),
        st.lists(st.integers(), max_size=2),
        st.floats(),
        st.just({"x": 1}),
    ),
)
def test_value_of_another_shape_never_stops_a_run(name: str, value: object) -> None:
    """Whatever stands in a field, reading gives a memory."""
    import tempfile  # noqa: PLC0415 - hypothesis shares a fixture's folder between its examples

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_memory(folder, FULL)
        record = json.loads((folder / NAME).read_bytes())
        (folder / NAME).write_text(json.dumps({**record, name: value}), encoding="utf-8")
        assert isinstance(read_memory(folder), Memory)


def test_memory_is_overwritten_in_place_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for a new file, the old one gets the new content; nothing of a longer one is left."""
    write_memory(tmp_path, Memory())
    with (tmp_path / NAME).open("ab") as file:
        file.write(b"x" * 100)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    assert write_memory(tmp_path, FULL) == ""
    assert read_memory(tmp_path) == FULL


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_memory_is_reported(tmp_path: Path) -> None:
    """In a folder that may not be written it is not remembered, and that is known with its reason."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    assert "ermission denied" in write_memory(folder, FULL)
    assert read_memory(folder) == Memory()


def test_file_in_the_place_of_the_folder_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Where the folder cannot even be made, it is not remembered, and that is known."""
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert NAME in write_memory(tmp_path / "data", FULL)
    assert read_memory(tmp_path / "data").failure is None


def test_folder_in_the_place_of_the_file_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Nothing can be read or written there, and both are known."""
    (tmp_path / NAME / "below").mkdir(parents=True)
    assert NAME in write_memory(tmp_path, FULL)
    assert NAME in read_memory(tmp_path).lost


def test_long_text_is_shortened(tmp_path: Path) -> None:
    """The file keeps its size however much there is to say."""
    write_memory(tmp_path, Memory(unsent=Notification("s", "x" * 100_000)))
    assert (tmp_path / NAME).stat().st_size == SIZE
