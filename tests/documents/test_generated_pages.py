"""What the pages have from the code is what the code says."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kaufland_cli.errors import ExitCode, SettingsError, known_errors
from kaufland_cli.settings import load_settings
from kaufland_cli.settings.keys import setting_keys
from kaufland_cli.settings.pages import example_toml

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


def test_generated_pages_are_up_to_date() -> None:
    """`make docs` would change no file."""
    assert tool("generate_docs").out_of_date() == [], "run: make docs"


def test_page_out_of_date_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is worth something: a changed table is found."""
    generator = tool("generate_docs")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    (tmp_path / "config.example.toml").write_text(example_toml(), encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text("<!-- generated: exit-codes -->\n\n| an old table |\n\n<!-- end -->\n", encoding="utf-8")
    assert generator.out_of_date() == [page]


def test_settings_page_has_every_setting() -> None:
    """Every key of the model has a row in the table of its section, and a variable; no other key has."""
    sections = re.split(r"^## `\[(.+)\]`$", part("docs/settings.md", "settings"), flags=re.MULTILINE)[1:]
    rows = {
        f"{section}.{key}"
        for section, table in zip(sections[::2], sections[1::2], strict=True)
        for key in re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    }
    assert rows == {one.key for one in setting_keys()}
    variables = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", part("docs/environment.md", "variables"), re.MULTILINE)
    assert [key for _, key in variables] == [one.key for one in setting_keys()]


def test_variables_of_the_page_are_read(tmp_path: Path) -> None:
    """A value that no setting takes, given in each variable of the environment page, is refused for its setting."""
    table = part("docs/environment.md", "variables")
    known = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", table, re.MULTILINE))
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    with pytest.raises(SettingsError) as caught:
        load_settings(home | dict.fromkeys(known, "\x00"), config_file=tmp_path / "none.toml")
    refused = {(one.place, one.key) for one in caught.value.problems}
    assert refused == {(name, key.replace("<code>", "at")) for name, key in known.items()}


def test_setup_page_explains_every_field() -> None:
    """Each field of Kaufland's setup page is in the table and has words under a heading of its own."""
    text = (ROOT / "docs" / "setup-page.md").read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"^## (.*)$", text, re.MULTILINE))
    for field in filter(None, (one.setup_page_field for one in setting_keys())):
        assert f"| {field} |" in text
        assert field.removeprefix("Order Import ").removesuffix(" (Min)") in headings
    for field in ("Secret Key", "Last Order Sync, Status and Message"):
        assert field in headings


def test_readme_is_short_and_shows_ten_settings() -> None:
    """The README has at most 150 lines and a table of ten settings."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
    assert len(re.findall(r"^\| `", part("README.md", "ten-settings"), re.MULTILINE)) == 10


def test_exit_codes_of_the_page_are_those_of_the_program() -> None:
    """The errors page names every exit code with its meaning, and no other."""
    expected = {str(int(code)): code.meaning for code in ExitCode}
    assert dict(re.findall(r"^\| (\d+) \| (.*) \|$", part("docs/errors.md", "exit-codes"), re.MULTILINE)) == expected


def test_every_error_has_a_row_with_its_exit_code() -> None:
    """The errors page names each error class by its name in JSON."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", part("docs/errors.md", "errors"), re.MULTILINE))
    assert rows == {error.code_name(): str(int(error.exit_code)) for error in known_errors()}


def test_example_file_is_valid_and_changes_nothing(tmp_path: Path) -> None:
    """Copied as it is, config.example.toml loads and leaves every default in place."""
    example = ROOT / "config.example.toml"
    loaded = load_settings({"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}, config_file=example)
    nothing = load_settings({"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}, config_file=tmp_path / "none.toml")
    assert loaded.settings == nothing.settings


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal")
def test_picture_shows_the_screen_as_it_is() -> None:
    """`make screenshot` would change nothing: the README shows what the program shows today."""
    picture = tool("screenshot").take_picture()
    assert picture == (ROOT / "docs" / "screen.svg").read_text(encoding="utf-8"), "run: make screenshot"
    assert ">!<" not in picture, "a warning in the picture"
