"""Names that no file can have everywhere."""

import pytest

from kaufland_cli.files import is_portable_name
from kaufland_cli.sales_orders.file_target import file_name
from kaufland_cli.settings import ApiSettings


@pytest.mark.parametrize(
    "name", ["con", "CON", "Nul.txt", "nul.sqlite3", "com1", "LPT9.json", "aux .x", "a.", "a ", "com\u00b2"]
)
def test_names_of_devices_and_ends_that_windows_drops(name: str) -> None:
    """Windows opens a device, or another file than was named."""
    assert not is_portable_name(name)


@pytest.mark.parametrize("name", ["console", "com", "com10", "lpt", "nul-account", "a.con", "default", "MX4711A.json"])
def test_names_that_only_look_like_it(name: str) -> None:
    """Whatever else there is can be called so."""
    assert is_portable_name(name)


def test_orders_and_hosts_get_other_names_than_devices() -> None:
    """No id of an order and no host ends in a file of such a name, and different ones never in the same."""
    ids = ["CON", "con", "COM0", "NUL", "nul.", "NUL ", "A.", "A", "a", "A ", "LPT1"]
    names = [file_name(one) for one in ids]
    assert all(is_portable_name(f"{name}.json") for name in names)
    assert len({name.lower() for name in names}) == len(ids)
    hosts = [ApiSettings(base_url=f"https://{host}/v2").host for host in ("nul", "con.example", "example.con")]
    assert hosts == ["@nul", "@con.example", "example.con"]
    assert all(is_portable_name(f"{host}.sqlite3") for host in hosts)
