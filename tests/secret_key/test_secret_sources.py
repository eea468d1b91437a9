"""Which store is used, and in which order the secret key is looked for."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kaufland_cli.errors import SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import (
    SOURCE_NAMES,
    SecretKey,
    SecretKind,
    SecretSource,
    fetch_secret_key,
    length_warning,
    open_secret_source,
)

VARIABLE, PARTNER_VARIABLE = "KAUFLAND_SECRET_KEY", "KAUFLAND_PARTNER_SECRET_KEY"
CLIENT_KEY = "0123456789abcdef0123456789abcdef"


def open_store(
    name: str, folder: Path, environ: Mapping[str, str] | None = None, kind: SecretKind = SecretKind.SELLER
) -> SecretSource:
    """Open a store whose file lies in this folder and whose command prints a key."""
    return open_secret_source(
        name,
        account=CLIENT_KEY,
        environ=environ or {},
        file=folder / "secret",
        command=[sys.executable, "-c", "print('from-the-command')"],
        kind=kind,
    )


@pytest.mark.parametrize("name", SOURCE_NAMES)
def test_each_name_opens_the_store_of_that_name(name: str, tmp_path: Path) -> None:
    """Every documented name opens a store that knows its name and says where it keeps the key."""
    store = open_store(name, tmp_path)
    assert store.name == name
    assert store.place
    assert store.writable is (name in {"keyring", "systemd", "file"})


def test_unknown_name_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    """A name that is no store is refused with the names that are."""
    with pytest.raises(
        SecretSourceFailed, match=r"no secret source 'safe'; valid are keyring, systemd, file, command, env\."
    ):
        open_store("safe", tmp_path)


def test_variable_comes_before_the_store(tmp_path: Path) -> None:
    """`KAUFLAND_SECRET_KEY` is taken although the store holds another key; an empty one counts as not set."""
    store = open_store("file", tmp_path)
    store.for_writing().save(SecretKey("from-the-file"))
    found = fetch_secret_key(store, {VARIABLE: "from-the-variable\n"})
    assert found.secret.reveal() == "from-the-variable"
    assert found.source == "the environment variable KAUFLAND_SECRET_KEY"
    found = fetch_secret_key(store, {VARIABLE: ""})
    assert found.secret.reveal() == "from-the-file"
    assert str(tmp_path) in found.source
    assert "from-the-file" not in repr(found)


def test_wrong_variable_does_not_fall_back_to_the_store(tmp_path: Path) -> None:
    """A variable that holds no key is an error, though the store has one."""
    store = open_store("file", tmp_path)
    store.for_writing().save(SecretKey("from-the-file"))
    with pytest.raises(SecretSourceFailed, match=VARIABLE):
        fetch_secret_key(store, {VARIABLE: "two words"})
    with pytest.raises(SecretMissing, match=VARIABLE):
        fetch_secret_key(store, {VARIABLE: " "})


def test_store_that_fails_is_never_replaced_by_another(tmp_path: Path) -> None:
    """With the key in every other place, the chosen store that has none is still an error."""
    open_store("file", tmp_path).for_writing().save(SecretKey("from-the-file"))
    with pytest.raises(SecretMissing, match="KAUFLAND_SECRET_KEY is not set") as caught:
        fetch_secret_key(open_store("env", tmp_path), {})
    assert "kaufland setup --secret-store file" in str(caught.value.hint)
    with pytest.raises(SecretMissing, match="no such file"):
        fetch_secret_key(open_store("file", tmp_path / "elsewhere"), {})


def test_environment_source_is_read_only(tmp_path: Path) -> None:
    """The source `env` can be read and probed; writing is refused and the error says who sets the variable."""
    store = open_store("env", tmp_path, {VARIABLE: "from-the-variable"})
    store.probe()
    assert store.fetch().reveal() == "from-the-variable"
    assert not store.writable
    with pytest.raises(SecretSourceFailed, match="only whoever starts kaufland"):
        store.for_writing()


def test_partners_key_is_kept_apart_from_the_sellers(tmp_path: Path) -> None:
    """The partner's key has its own file and variable, and neither is ever taken for the other."""
    seller, partner = open_store("file", tmp_path), open_store("file", tmp_path, kind=SecretKind.PARTNER)
    seller.for_writing().save(SecretKey("the-sellers"))
    with pytest.raises(SecretMissing, match=r"secret\.partner"):
        partner.fetch()
    partner.for_writing().save(SecretKey("the-partners"))
    assert (tmp_path / "secret.partner").exists()
    assert fetch_secret_key(seller, {PARTNER_VARIABLE: "other"}).secret.reveal() == "the-sellers"
    assert fetch_secret_key(partner, {VARIABLE: "other"}, kind=SecretKind.PARTNER).secret.reveal() == "the-partners"
    found = fetch_secret_key(partner, {PARTNER_VARIABLE: "from-the-variable"}, kind=SecretKind.PARTNER)
    assert found.secret.reveal() == "from-the-variable"
    assert found.source == "the environment variable KAUFLAND_PARTNER_SECRET_KEY"
    assert open_store("env", tmp_path, {PARTNER_VARIABLE: "p"}, kind=SecretKind.PARTNER).fetch().reveal() == "p"


def test_partners_key_by_command_is_refused_only_when_it_is_needed(tmp_path: Path) -> None:
    """With the command as the store, the partner's variable still works; without it the error says what does."""
    store = open_store("command", tmp_path, kind=SecretKind.PARTNER)
    assert fetch_secret_key(store, {PARTNER_VARIABLE: "p"}, kind=SecretKind.PARTNER).secret.reveal() == "p"
    with pytest.raises(SecretSourceFailed, match="not the partner's"):
        fetch_secret_key(store, {}, kind=SecretKind.PARTNER)
    assert fetch_secret_key(open_store("command", tmp_path), {}).secret.reveal() == "from-the-command"


def test_secret_of_business_central_is_kept_apart(tmp_path: Path) -> None:
    """It has its own file, variable and words; signs that Microsoft's secrets have are kept, and any length is."""
    secret = "aB8Q~x.y-z_0/+=="
    seller, central = (
        open_store("file", tmp_path, kind=kind) for kind in (SecretKind.SELLER, SecretKind.BUSINESS_CENTRAL)
    )
    seller.for_writing().save(SecretKey("the-sellers"))
    with pytest.raises(SecretMissing, match=r"No secret of Business Central in .*secret\.business_central") as caught:
        central.fetch()
    assert str(caught.value.hint) == "kaufland secret set --business-central"
    central.for_writing().save(SecretKey(secret, kind=SecretKind.BUSINESS_CENTRAL))
    assert (tmp_path / "secret.business_central").read_text(encoding="utf-8") == f"{secret}\n"
    assert fetch_secret_key(seller, {}).secret.reveal() == "the-sellers"
    assert fetch_secret_key(central, {VARIABLE: "other"}, SecretKind.BUSINESS_CENTRAL).secret.reveal() == secret
    found = fetch_secret_key(central, {"KAUFLAND_BUSINESS_CENTRAL_SECRET": "v"}, SecretKind.BUSINESS_CENTRAL)
    assert (found.secret.reveal(), found.source) == ("v", "the environment variable KAUFLAND_BUSINESS_CENTRAL_SECRET")
    assert length_warning(found.secret, SecretKind.BUSINESS_CENTRAL) is None
    with pytest.raises(SecretSourceFailed, match=r"secret\.business_central_command is empty"):
        open_secret_source(
            "command",
            account="",
            environ={},
            file=tmp_path / "secret",
            command=[],
            kind=SecretKind.BUSINESS_CENTRAL,
        ).fetch()
