"""Adds the pages from the root of the repository to the site, and every decision to its menu.

MkDocs loads this file as a hook (mkdocs.yml).
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
FROM_THE_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the decisions to the menu, below their list."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    below = next(part["Decisions"] for section in config.nav or [] for part in _parts(section) if "Decisions" in part)
    below += [f"decisions/{page.name}" for page in decisions]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from the root; their links point to pages of the site, or become plain text."""
    for name, page in FROM_THE_ROOT.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_LINK.sub(_within_site, text)))
    return files


def _parts(section: Any) -> list[Any]:
    return [part for inner in section.values() if isinstance(inner, list) for part in inner if isinstance(part, dict)]


def _within_site(link: re.Match[str]) -> str:
    target = link["target"]
    if re.match(r"[a-z]+:", target):
        return link[0]
    path = PurePosixPath(target)
    inside = FROM_THE_ROOT.get(target) or (str(path.relative_to("docs")) if path.parts[0] == "docs" else "")
    return f"[{link['text']}]({inside}{link['anchor'] or ''})" if inside else link["text"]
