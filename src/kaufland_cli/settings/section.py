"""What the sections of the settings have in common, and kinds of value that several of them hold."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from kaufland_cli.settings import rules, sales_rules
from kaufland_cli.settings.rules import Allowed

PAGE: Final = "setup_page_field"
HIDES: Final = "hides"
"""What of a value is a secret in effect: `path`, that of an address which lets in whoever knows it; `words`, those of a
command that may hold a password."""


class Section(BaseModel):
    """One table of the file; unknown keys and values of another type are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


Text = Annotated[str, AfterValidator(rules.plain_text)]
Number = Annotated[str, AfterValidator(sales_rules.number), Allowed("at most 20 characters in quotes")]
Key = Annotated[
    str, AfterValidator(rules.client_key), Allowed("the key's letters and digits in quotes, without spaces")
]
Words = Annotated[
    list[Text],
    BeforeValidator(rules.command_words),
    Allowed('a list of words such as ["pass", "show", "kaufland"], or the whole command in quotes'),
]

Moment = Annotated[
    str, AfterValidator(sales_rules.moment), Allowed('a moment such as "2026-11-01T08:00:00Z" in quotes, or nothing')
]
Country = Annotated[str, AfterValidator(sales_rules.country), Allowed("two letters such as DE or AT")]
CountryNumbers = Annotated[
    dict[
        Annotated[str, AfterValidator(sales_rules.country)], Annotated[str, AfterValidator(sales_rules.needed_number)]
    ],
    BeforeValidator(sales_rules.each_once(sales_rules.country)),
    Allowed('countries with numbers such as { AT = "D0010", SK = "D0011" }'),
]
VatNumbers = Annotated[
    dict[
        Annotated[str, AfterValidator(sales_rules.vat_percent)],
        Annotated[str, AfterValidator(sales_rules.needed_number)],
    ],
    BeforeValidator(sales_rules.each_once(sales_rules.vat_percent)),
    Allowed('percents with numbers such as { 7 = "8401", 19 = "8400" }'),
]
