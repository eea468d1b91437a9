"""What single values have to look like, and what follows from them."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from kaufland_cli import __version__
from kaufland_cli.settings import ApiSettings, MonitoringSettings, OrderImportSettings, Settings, StorefrontSettings
from kaufland_cli.settings.model import broken_dependencies
from kaufland_cli.settings.sections import UiSettings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" https://sellerapi.kaufland.com/v2/ ", "https://sellerapi.kaufland.com/v2"),
        ("HTTPS://SellerAPI.kaufland.com:443/v2//", "https://sellerapi.kaufland.com/v2"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:80/v2", "http://localhost/v2"),
        ("http://[::1]:8000/v2", "http://[::1]:8000/v2"),
        ("https://api.example:8443/a/b", "https://api.example:8443/a/b"),
    ],
)
def test_base_urls_that_are_taken(given: str, kept: str) -> None:
    """A base URL is kept in one form: lower-case host, no slash at the end, no port that is the usual one."""
    assert ApiSettings(base_url=given).url == kept


@pytest.mark.parametrize(
    "given",
    [
        "", "sellerapi.kaufland.com", "http://sellerapi.kaufland.com/v2", "ftp://example.com", "https://", "https:///v2",
        "https://user@example.com", "https://user:word@example.com", "https://example.com?a", "https://example.com/#a",
        "https://example.com?", "https://exa mple.com", "https://example.com:99999", "https://example.com:0",
        "https://[::1", "https://[::z]", "https://[::1%25eth0]/",
        "https://müller.example", "https://example.com/a\\b", "https://example..com",
        "https://example.com\t/v2", "http://127.0.0.1.example.com", "http://localhost@example.com",
        "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_base_urls_that_are_refused(given: str) -> None:
    """Keys are never sent in the open, and nothing but a scheme, a host, a port and a path counts as an address."""
    with pytest.raises(ValidationError):
        ApiSettings(base_url=given)


@pytest.mark.parametrize(
    ("api", "environment", "host"),
    [
        (ApiSettings(), "production", "sellerapi.kaufland.com"),
        (ApiSettings(use_playground=True), "playground", "sellerapi-playground.kaufland.com"),
        (ApiSettings(base_url="https://sellerapi-playground.kaufland.com/v2"), "playground",
         "sellerapi-playground.kaufland.com"),
        (ApiSettings(base_url="http://127.0.0.1:8123/v2"), "simulator", "127.0.0.1-8123"),
        (ApiSettings(base_url="http://[::1]:8123/v2"), "simulator", "__1-8123"),
        (ApiSettings(base_url="https://Proxy.example:443"), "proxy.example", "proxy.example"),
        (ApiSettings(base_url="https://proxy.example:8443"), "proxy.example-8443", "proxy.example-8443"),
        (ApiSettings(use_playground=True, playground_base_url="https://sellerapi.kaufland.com/v2"), "production",
         "sellerapi.kaufland.com"),
    ],
)  # fmt: skip
def test_environment_and_host(api: ApiSettings, environment: str, host: str) -> None:
    """What a store is named after, and what a seller reads about where the orders come from, follow the URL."""
    assert (api.environment, api.host) == (environment, host)


def test_keys_are_stripped_and_go_into_headers() -> None:
    """A pasted client key loses the blanks around it; what no header may hold is refused."""
    assert ApiSettings(client_key=" abc\n").client_key == "abc"
    for key in ("a b", "a\nb", "ä", "a\x7f"):
        with pytest.raises(ValidationError):
            ApiSettings(client_key=key)
    assert ApiSettings().user_agent == f"kaufland-cli/{__version__}"
    with pytest.raises(ValidationError):
        ApiSettings(user_agent="a\r\nInjected: b")
    assert "abc" not in repr(ApiSettings(client_key="abc"))


def test_storefronts_of_tomorrow_are_accepted() -> None:
    """Unknown storefronts are taken, in small letters."""
    assert list(Settings(storefronts={"XY": StorefrontSettings()}).storefronts) == ["xy"]
    assert ApiSettings(default_storefront="DE").default_storefront == "de"


def test_locale_is_kept_in_one_form() -> None:
    """A locale may be written as POSIX or the web write it."""
    for given in ("de-DE", "de_DE.UTF-8", " de_DE "):
        assert UiSettings(locale=given).locale == "de_DE"
    with pytest.raises(ValidationError):
        UiSettings(locale="xx_YY")


def test_model_refuses_what_does_not_fit_together() -> None:
    """Settings built by code keep the same rules as settings from a file."""
    with pytest.raises(ValidationError, match="customer number"):
        Settings(order_import=OrderImportSettings(create_sales_orders=True))
    with pytest.raises(ValidationError, match="too many"):
        Settings(api=ApiSettings(requests_per_second=500))


def test_settings_cost_little_to_import() -> None:
    """A command that only needs settings does not wait for the network, the keyring or tables."""
    code = (
        "import sys, kaufland_cli.settings; print(*{'httpx', 'keyring', 'rich', 'babel', 'tomlkit'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("monitoring.mail_to", "shop@example.com\nBcc: everybody@example.com"),
        ("monitoring.mail_to", "shop"),
        ("monitoring.mail_from", "Ada <ada@example.com>"),
        ("monitoring.smtp_host", "mail.example\r\nDATA"),
        ("monitoring.ping_url", "http://hc-ping.com/1"),
        ("monitoring.ping_url", "https://ada:word@hc-ping.com/1"),
        ("monitoring.ping_url", "https://hc-ping.com/1?a=b"),
        ("monitoring.prometheus_file", "/var/lib/node_exporter/kaufland.txt"),
    ],
)
def test_channels_of_notifications_are_safe(key: str, text: str) -> None:
    """No address smuggles a header in, and nothing about imports crosses the network for all to read."""
    section, _, name = key.partition(".")
    with pytest.raises(ValidationError):
        Settings.model_validate({section: {"smtp_host": "mail.example", name: text}})


def test_mails_need_a_server_and_passwords_a_protected_connection() -> None:
    """Mails that could never be sent, and a password in the clear, are refused with the way out."""
    nowhere = MonitoringSettings(mail_to="shop@example.com")
    in_the_clear = MonitoringSettings(smtp_host="mail.example", smtp_user="ada", smtp_security="none")
    on_this_machine = in_the_clear.model_copy(update={"smtp_host": "127.0.0.1"})
    for monitoring, key in ((nowhere, "monitoring.mail_to"), (in_the_clear, "monitoring.smtp_security")):
        settings = Settings.model_construct(**{**dict(Settings()), "monitoring": monitoring})
        assert [broken.key for broken in broken_dependencies(settings)] == [key]
    assert Settings(monitoring=on_this_machine).monitoring.smtp_user == "ada"
