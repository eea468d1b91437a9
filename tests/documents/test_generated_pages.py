"""What the pages have from the code is what the code says."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kaufland_cli.errors import ExitCode, known_errors
from kaufland_cli.settings import load_settings
from kaufland_cli.settings.pages import example_toml, settings_table

ROOT = Path(__file__).parents[2]


def tool(name: str) -> ModuleType:
    """Load a script of the folder tools."""
    specification = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def part(page: str, name: str) -> str:
    """Return a generated part of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- generated: {name} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert found is not None, f"{page} has no part {name}"
    return found[1].strip()


def test_nothing_generated_is_out_of_date() -> None:
    """`make docs` would change no file."""
    assert tool("generate_docs").out_of_date() == [], "run: make docs"


def test_a_page_out_of_date_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is worth something: a changed table is found."""
    generator = tool("generate_docs")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    (tmp_path / "config.example.toml").write_text(example_toml(), encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text("<!-- generated: settings -->\n\n| an old table |\n\n<!-- end -->\n", encoding="utf-8")
    assert generator.out_of_date() == [page]


def test_the_settings_of_the_readme_are_those_of_the_model() -> None:
    """The README's table of settings is the one that the model gives."""
    assert part("README.md", "settings") == settings_table().strip()


def test_the_exit_codes_of_the_pages_are_those_of_the_program() -> None:
    """README and errors page name every exit code with its meaning, and no other."""
    expected = {str(int(code)): code.meaning for code in ExitCode}
    for page in ("README.md", "docs/errors.md"):
        assert dict(re.findall(r"^\| (\d+) \| (.*) \|$", part(page, "exit-codes"), re.MULTILINE)) == expected


def test_every_error_has_a_row_with_its_exit_code() -> None:
    """The errors page names each error class by its name in JSON."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", part("docs/errors.md", "errors"), re.MULTILINE))
    assert rows == {error.code_name(): str(int(error.exit_code)) for error in known_errors()}


def test_the_example_file_is_valid_and_changes_nothing(tmp_path: Path) -> None:
    """Copied as it is, config.example.toml loads and leaves every default in place."""
    example = ROOT / "config.example.toml"
    loaded = load_settings({"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}, config_file=example)
    nothing = load_settings({"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}, config_file=tmp_path / "none.toml")
    assert loaded.settings == nothing.settings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal")
def test_the_picture_shows_the_screen_as_it_is() -> None:
    """`make screenshot` would change nothing: the README shows what the program shows today."""
    picture = tool("screenshot").take_picture()
    assert picture == (ROOT / "docs" / "screen.svg").read_text(encoding="utf-8"), "run: make screenshot"
