"""Two commands that change one crontab at the same moment."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.cron import Cron
from kaufland_cli.scheduling.runner import CompletedCommand
from support.hostile_files import on_posix
from support.schedule_samples import PLAN


@on_posix
def test_entries_of_two_profiles_come_into_one_crontab(tmp_path: Path) -> None:
    """Whoever reads the crontab while another writes it would take the other's line out again."""
    tab = [b""]
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "crontab").write_text("#!/bin/sh\n", encoding="utf-8")
    (programs / "crontab").chmod(0o755)

    def crontab(words: Sequence[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        assert seconds
        if words[-1] == "-l":
            found = tab[0]
            time.sleep(0.05)  # what another process does meanwhile must wait
            return CompletedCommand(0, found)
        tab[0] = given
        return CompletedCommand(0)

    host = Host("linux", 1000, {"PATH": str(programs)}, crontab, root=tmp_path)
    plans = [
        replace(PLAN, target=replace(PLAN.target, home=tmp_path, profile=f"p{number}", uses_default=False))
        for number in range(5)
    ]
    assert len({plan.target.label for plan in plans}) == len(plans)
    threads = [threading.Thread(target=Cron(host).install, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert tab[0].count(b"import-orders") == len(plans)
    threads = [threading.Thread(target=Cron(host).remove, args=(plan.target,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert tab[0].count(b"import-orders") == 0
