"""What is shown of a setting that lets in whoever knows it."""

import pytest

from kaufland_cli.settings.keys import setting_keys, value_of
from kaufland_cli.settings.masked import displayed
from kaufland_cli.settings.model import Settings

CANARY = "Zq7vXw2LtB9kHd4mRs8pYc3nJf6gWa5e"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("monitoring.ping_url", "https://hc-ping.com/9e1d2f3a-0000-4bcd-8eef-112233445566", "https://hc-ping.com/***"),
        ("monitoring.ping_url", "https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/***"),
        ("monitoring.ping_url", "http://127.0.0.1:8000/p/key", "http://127.0.0.1:8000/***"),
        ("monitoring.ping_url", "https://user:word@cron.example/p", "https://cron.example/***"),
        ("business_central.base_url", f"https://bc.example/{CANARY}/api/v2.0", "https://bc.example/***/api/v2.0"),
        ("api.base_url", "https://sellerapi.kaufland.com/v2", "https://sellerapi.kaufland.com/v2"),
        (
            "business_central.base_url",
            "https://api.businesscentral.dynamics.com/v2.0/9e1d2f3a-0000-4bcd-8eef-112233445566/Production/api/v2.0",
            "https://api.businesscentral.dynamics.com/v2.0/9e1d2f3a-0000-4bcd-8eef-112233445566/Production/api/v2.0",
        ),
        ("secret.command", ["pass", "show", "kaufland/secret-key"], ["pass", "show", "kaufland/secret-key"]),
        ("secret.command", ["/bin/secret-tool", "lookup", "shop", "x"], ["/bin/secret-tool", "lookup", "shop", "x"]),
        ("secret.command", ["bw", "get", "shop", "--session", "a+b/c=="], ["bw", "get", "shop", "--session", "***"]),
        ("secret.mail_command", ["vault", "--token=hvs.x", "read"], ["vault", "--token=***", "read"]),
        ("secret.business_central_command", ["curl", f"https://v.example/{CANARY}?t=1"], ["curl", "https://v.example/***?***"]),
        ("secret.command", ["echo", CANARY], ["echo", "***"]),
        ("secret.command", ["env", "VAULT_TOKEN=abc", "vault"], ["env", "VAULT_TOKEN=***", "vault"]),
        ("secret.command", [], []),
        ("monitoring.ping_url", "", ""),
        ("ui.locale", "de", "de"),
        ("sales_orders.customers", {"AT": "D1"}, {"AT": "D1"}),
    ],
)  # fmt: skip
def test_values_that_grant_access_are_hidden_and_the_rest_is_not(key: str, value: object, shown: object) -> None:
    """Addresses keep their host and commands their program: enough to recognise them."""
    assert displayed(key, value) == shown


def test_every_default_is_shown_as_it_is() -> None:
    """Nothing is hidden that everybody knows."""
    for known in setting_keys():
        if "<code>" not in known.key:
            value = value_of(Settings(), known.key)
            assert displayed(known.key, value) == value
