"""What a package index shows of this program."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def described() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_long_description_links_to_the_repository() -> None:
    """An index knows no other file: each link and picture of the README is absolute there, and leads to a file."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before = re.findall(r"\]\(([^)]+)\)", text)
    for one in described()["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(one["pattern"], one["replacement"], text)
    after = re.findall(r"\]\(([^)]+)\)", text)
    assert len(before) == len(after)
    assert all(link.startswith(("https://", "#")) for link in after), after
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert pictures
    assert all(link.startswith("https://raw.githubusercontent.com/") for link in pictures)


def test_sdist_has_what_its_tests_and_builds_need() -> None:
    """Every file that is named is there, Makefile and constraints.txt among them."""
    included = described()["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/Makefile", "/constraints.txt", "/Dockerfile", "/SECURITY.md"} <= set(included)
    missing = [name for name in included if not (ROOT / name[1:]).exists()]
    assert set(missing) <= {"/build/man"}
