"""The site and the man pages, as `make site` and `make man` build them."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.command_reference import commands
from tools.man_pages import man_pages

ROOT = Path(__file__).parents[2]
LOADED = re.compile(r"""<(?:script|img|link rel=.stylesheet.)[^>]*(?:src|href)=.https?:[^"' >]+""")
MENU = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]


def test_every_page_is_in_the_menu() -> None:
    """The menu of the site names each page of the folder docs; decisions are added by the build."""
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert set(re.findall(r": ([\w-]+\.md)$", MENU, re.MULTILINE)) - {"changelog.md", "contributing.md"} == pages


@pytest.mark.skipif(importlib.util.find_spec("material") is None, reason="needs the extra docs; CI builds the site too")
def test_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Every link and anchor leads somewhere, changelog, contributing and decisions are there, nothing is fetched."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr  # --quiet would hide warnings from --strict too
    assert "WARNING" not in done.stdout + done.stderr
    for page in ("changelog", "contributing", "commands", "decisions/0001-httpx"):
        assert "<h1" in (tmp_path / "site" / page / "index.html").read_text(encoding="utf-8")
    for file in (tmp_path / "site").rglob("*.html"):
        assert LOADED.findall(file.read_text(encoding="utf-8")) == [], file


def test_each_command_has_a_man_page() -> None:
    """There is a page for the program, each group and each command, with its options and the exit codes."""
    pages = dict(man_pages())
    assert set(pages) == {f"{'-'.join(command.words)}.1" for command in commands()}
    install = pages["kaufland-schedule-install.1"]
    assert "\\fB\\-\\-run\\-as USER\\fR" in install
    assert ".SH EXIT STATUS" in install
    assert "\\fBkaufland\\-orders\\-list\\fR(1)" in pages["kaufland-orders.1"]


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_man_pages_are_sound_roff(tmp_path: Path) -> None:
    """Groff has nothing to complain about in any of them, and loses no word of the text."""
    for name, text in man_pages():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(page) for page in sorted(tmp_path.glob("*.1"))]
    command = ["groff", "-man", "-Tutf8", "-ww", "-rLL=120n", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "For cron: */15 * * * * kaufland import-orders --scheduled" in done.stdout.replace("\N{MINUS SIGN}", "-")
