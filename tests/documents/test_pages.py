"""The pages are whole: links lead somewhere, commands exist, every package and change is named."""

import re
from pathlib import Path

import pytest

from kaufland_cli import __version__

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that exists, and an anchor that the file has."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


def test_changelog_names_this_version_or_what_comes() -> None:
    """What users notice is written down: under this version, or under what is not released yet."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert sections, "no section"
    assert sections[0] in {"Unreleased", __version__}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decision_says_why_and_what_would_change_it(page: Path) -> None:
    """Each page has its four parts and its number, fits a screen or two, and stands in the list."""
    text = page.read_text(encoding="utf-8")
    for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**What would make us change it.**"):
        assert part in text, part
    assert text.startswith(f"# {page.stem[:4]}: ")
    assert len(text.splitlines()) < 60
    assert f"({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_rooms_of_contributing_are_those_of_the_house() -> None:
    """The table of packages names every folder and file, and no other."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w/.]+)` \|", text, re.MULTILINE))
    house = ROOT / "src" / "kaufland_cli"
    folders = {f"{path.name}/" for path in house.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    files = {path.name for path in house.glob("*.py") if not path.name.startswith("__")}
    assert named == folders | files


def test_picture_shows_no_machine() -> None:
    """The picture in the README holds no path and no host name, and asks no other server for anything."""
    text = (ROOT / "docs" / "screen.svg").read_text(encoding="utf-8")
    assert "import-orders" in text
    assert not re.search(r"/(tmp|home|Users|root|var)/|127\.0\.0\.1|localhost|url\(.?http|@import", text)


def test_readme_is_short() -> None:
    """The README leads in; everything else is a page of its own."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
