"""Where the settings, the store and a secret file lie."""

import os
import sys
from pathlib import Path

import pytest

from kaufland_cli.errors import SettingsError
from kaufland_cli.settings import find_locations, load_settings

LINUX = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="platformdirs decides there")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX has a passwd file")


@LINUX
def test_places_follow_the_environment_that_is_handed_in(tmp_path: Path) -> None:
    """The platform's folders are found by the environment handed in, not by the one of this process."""
    places = find_locations({"HOME": str(tmp_path)})
    assert places.config_file == tmp_path / ".config/kaufland/config.toml"
    assert places.data_folder == tmp_path / ".local/share/kaufland"
    assert places.secret_file == tmp_path / ".config/kaufland/secret_key"
    assert places.store_file("sellerapi.kaufland.com") == places.data_folder / "default/sellerapi.kaufland.com.sqlite3"
    xdg = find_locations({"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": str(tmp_path / "d")})
    assert xdg.config_file == tmp_path / "c/kaufland/config.toml"
    assert xdg.data_folder == tmp_path / "d/kaufland"
    relative = find_locations({"HOME": str(tmp_path), "XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": ""})
    assert relative.config_file == places.config_file


@LINUX
def test_profile_has_its_own_file_store_and_secret(tmp_path: Path) -> None:
    """A second seller account shares nothing with the first."""
    first, second = find_locations({"HOME": str(tmp_path)}), find_locations({"HOME": str(tmp_path)}, profile="second")
    assert second.config_file == tmp_path / ".config/kaufland/profiles/second/config.toml"
    assert second.secret_file.parent == second.config_file.parent
    assert second.store_file("x") == first.data_folder / "second/x.sqlite3"
    assert find_locations({"HOME": str(tmp_path), "KAUFLAND_PROFILE": "second"}) == second
    assert find_locations({"HOME": str(tmp_path), "KAUFLAND_PROFILE": "third"}, profile="second") == second
    assert find_locations({"HOME": str(tmp_path)}, profile="default") == first


def test_named_places_go_first(tmp_path: Path) -> None:
    """An option beats a variable, a variable beats the platform; all paths are made absolute."""
    environ = {"KAUFLAND_CONFIG": str(tmp_path / "a.toml"), "KAUFLAND_DATA_DIR": "data"}
    places = find_locations(environ)
    assert places.config_file == tmp_path / "a.toml"
    assert places.data_folder == Path("data").absolute()
    assert find_locations(environ, config_file=tmp_path / "b.toml").config_file == tmp_path / "b.toml"


def test_profile_never_has_the_file_of_the_first_account(tmp_path: Path) -> None:
    """A file that the environment names is the first account's; one that the option names is exactly that."""
    environ = {"KAUFLAND_CONFIG": str(tmp_path / "shop.toml"), "KAUFLAND_DATA_DIR": str(tmp_path)}
    own = tmp_path / "profiles" / "second" / "shop.toml"
    assert find_locations(environ, profile="second").config_file == own
    assert find_locations({**environ, "KAUFLAND_PROFILE": "second"}).config_file == own
    assert find_locations(environ, profile="default").config_file == tmp_path / "shop.toml"
    named = tmp_path / "b.toml"
    assert find_locations(environ, config_file=named, profile="second").config_file == named


def test_home_is_written_as_in_a_shell(tmp_path: Path) -> None:
    """A service file may write ~, which no shell replaces there."""
    environ = {
        "HOME": str(tmp_path),
        "USERPROFILE": str(tmp_path),
        "KAUFLAND_CONFIG": "~/k.toml",
        "KAUFLAND_DATA_DIR": "~/d",
    }
    places = find_locations(environ)
    assert (places.config_file, places.data_folder) == (tmp_path / "k.toml", tmp_path / "d")


def test_secret_file_is_found_from_the_config_file(tmp_path: Path) -> None:
    """A relative path of the secret file counts from the config file, an empty one is next to it."""
    file = tmp_path / "config.toml"
    environ = {
        "HOME": str(tmp_path / "home"),
        "USERPROFILE": str(tmp_path / "home"),
        "KAUFLAND_DATA_DIR": str(tmp_path),
    }
    assert load_settings(environ, config_file=file).secret_file == tmp_path / "secret_key"
    for text, path in (
        ("keys/k", tmp_path / "keys/k"),
        ("~/k", tmp_path / "home/k"),
        (str(tmp_path / "k"), tmp_path / "k"),
    ):
        file.write_text(f"[secret]\nstore = 'file'\nfile = '{text}'\n", encoding="utf-8")
        assert load_settings(environ, config_file=file).secret_file == path


def test_each_api_has_its_own_store(tmp_path: Path) -> None:
    """Production, playground and a simulator never share a store."""
    environ = {"KAUFLAND_DATA_DIR": str(tmp_path), "KAUFLAND_CONFIG": str(tmp_path / "config.toml")}
    names = {
        load_settings(environ, options=options).store_file.name
        for options in ({}, {"api.use_playground": True}, {"api.base_url": "http://127.0.0.1:8000/v2"})
    }
    assert names == {
        "sellerapi.kaufland.com.sqlite3",
        "sellerapi-playground.kaufland.com.sqlite3",
        "127.0.0.1-8000.sqlite3",
    }


@pytest.mark.parametrize("name", ["../x", "A", "a b", "x" * 41, "a/b", "ä", "a\n"])
def test_impossible_profiles(tmp_path: Path, name: str) -> None:
    """A profile's name becomes a folder's name, so only plain ones are taken."""
    with pytest.raises(SettingsError, match="profile"):
        find_locations({"HOME": str(tmp_path)}, profile=name)


@POSIX
def test_without_a_home_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service without a home folder learns which two variables it needs, and then runs."""
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)
    with pytest.raises(SettingsError, match=r"KAUFLAND_CONFIG.*KAUFLAND_DATA_DIR"):
        find_locations({"KAUFLAND_CONFIG": "~/x"})
    environ = {"KAUFLAND_CONFIG": str(tmp_path / "c.toml"), "KAUFLAND_DATA_DIR": str(tmp_path)}
    assert find_locations(environ).data_folder == tmp_path


@POSIX
def test_without_the_variable_home_passwd_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare environment is enough where the user has a home folder."""
    monkeypatch.setenv("HOME", "/elsewhere")
    assert not str(find_locations({}).config_file).startswith("/elsewhere") or sys.platform == "darwin"


@POSIX
def test_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path from a deleted folder is an error with a way out."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(SettingsError, match="gone"):
        find_locations({"KAUFLAND_CONFIG": "c.toml", "KAUFLAND_DATA_DIR": str(tmp_path)})
