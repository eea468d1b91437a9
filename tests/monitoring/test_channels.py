"""A way in which somebody hears of imports is one module, found by itself."""

from pathlib import Path
from typing import Any

import pytest

import kaufland_cli
from kaufland_cli.monitoring import channels
from kaufland_cli.monitoring.channels import RunEnd, open_channels
from kaufland_cli.monitoring.memory import Memory, Notification

ANOTHER = """
from kaufland_cli.monitoring.channels import Channel


class Siren(Channel):
    name = "siren"
    trial = "it was heard"

    def send_trial(self):
        pass


def open_channel(sources):
    return Siren() if sources == "wanted" else None
"""


@pytest.mark.parametrize(("sources", "found"), [("wanted", ["siren"]), ("not wanted", [])])
def test_module_is_all_that_a_new_channel_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: Any, found: list[str]
) -> None:
    """It is asked whether the settings want it, and hears of everything without having to deal with it."""
    (tmp_path / "siren.py").write_text(ANOTHER, encoding="utf-8")
    monkeypatch.setattr(channels, "__path__", [str(tmp_path)])
    opened = open_channels(sources)
    assert [channel.name for channel in opened] == found
    for channel in opened:
        channel.run_started()
        channel.run_ended(RunEnd(0, Memory()))
        channel.notify(Notification("subject", "text"))


def test_users_of_channels_know_none_by_name() -> None:
    """Neither what notifies nor what runs a scheduled import or a trial imports a channel's module."""
    house = Path(kaufland_cli.__file__).parent
    names = {path.stem for path in (house / "monitoring" / "channels").glob("[a-z]*.py")}
    assert names >= {"mail", "ping", "prometheus", "windows_event_log"}
    for user in ("app/notify.py", "app/import_health.py", "app/scheduled_import.py", "cli/monitoring.py"):
        text = (house / user).read_text(encoding="utf-8")
        assert [name for name in names if f"channels.{name}" in text] == []
