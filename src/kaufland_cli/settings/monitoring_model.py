"""The settings of what happens without a person: who hears of trouble, and how long buyers' data is kept."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kaufland_cli.settings import monitoring_rules, rules
from kaufland_cli.settings.rules import Allowed
from kaufland_cli.settings.section import HIDES, Section, Text

_Address = Annotated[
    str,
    AfterValidator(rules.optional(monitoring_rules.mail_address)),
    Allowed('an address such as "shop@example.com" in quotes, or nothing'),
]
_Addresses = Annotated[
    str,
    AfterValidator(monitoring_rules.mail_addresses),
    Allowed('one or more addresses such as "shop@example.com, ops@example.com" in quotes, or nothing'),
]
_PingUrl = Annotated[
    str,
    AfterValidator(rules.optional(monitoring_rules.ping_url)),
    Allowed('an address such as "https://hc-ping.com/…" in quotes (http only for this machine), or nothing'),
]


class MonitoringSettings(Section):
    """Who is told of imports that fail, and how it is known that they still run."""

    max_age_minutes: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Max age (Min)",
        description="Minutes after which the last complete import counts as old; 0: three intervals, at least an hour.",
    )
    mail_to: _Addresses = Field(
        "",
        title="Mail to",
        description="Who gets an e-mail when scheduled imports fail or work again; empty: nobody. Cron sends its own.",
    )
    mail_from: _Address = Field(
        "", title="Mail from", description="Sender of these e-mails; empty: the first of mail_to."
    )
    smtp_host: Annotated[
        str, AfterValidator(rules.optional(monitoring_rules.host)), Allowed("the name of a mail server, or nothing")
    ] = Field("", title="SMTP host", description="Mail server that takes them; needed with mail_to.")
    smtp_port: int = Field(
        0,
        ge=0,
        le=65_535,
        title="SMTP port",
        description="Its port; 0: the usual one (587, 465 with tls, 25 with none).",
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        title="SMTP security",
        description="How the connection to it is protected; none is refused with a user name, except on this machine.",
    )
    smtp_user: Text = Field(
        "",
        title="SMTP user",
        description="User name there, if it wants one; its password is kept with: kaufland secret set --mail.",
    )
    ping_url: _PingUrl = Field(
        "",
        repr=False,
        json_schema_extra={HIDES: "path"},
        title="Ping URL",
        description="Address that hears of each scheduled import: /start, then the address itself or /fail behind it.",
    )
    prometheus_file: Annotated[
        Text,
        AfterValidator(rules.optional(monitoring_rules.prometheus_file)),
        Allowed("the path of a file whose name ends in .prom, or nothing"),
    ] = Field(
        "",
        title="Prometheus file",
        description="File (….prom) that each scheduled import writes for Prometheus' textfile collector; empty: none.",
    )
    windows_event_log: bool = Field(
        False, title="Windows event log", description="On Windows, tell its event log what an e-mail would say."
    )

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of `mail_to`."""
        return tuple(self.mail_to.split(", ")) if self.mail_to else ()


class PrivacySettings(Section):
    """How long buyers' data is kept."""

    delete_after_days: int = Field(
        180,
        ge=0,
        le=36_500,
        title="Delete after (days)",
        description="Days after an order's last change until the buyer's name, address, e-mail and phone are removed, "
        "unless something is pending; 0: never.",
    )
    raw_retention_days: int = Field(
        90,
        ge=1,
        le=3650,
        title="Keep raw data (days)",
        description="Days for which what Kaufland sent of units that cannot be read is kept.",
    )
    raw_max_megabytes: int = Field(
        20,
        ge=1,
        le=100_000,
        title="Keep raw data (MB)",
        description="The oldest raw data is deleted when all of it is larger than this.",
    )
