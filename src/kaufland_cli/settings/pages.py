"""The settings as text: single values, the settings in force as a file, and documentation generated from the model.

tomli-w writes every value; `toml_edit` changes a file that a person wrote (docs/decisions/0007-toml-edits.md).
"""

import textwrap
from collections.abc import Iterator
from typing import Any, Final

import tomli_w

from kaufland_cli.settings.keys import CODE, STOREFRONTS, SettingKey, sections, setting_keys, value_of
from kaufland_cli.settings.load import LoadedSettings
from kaufland_cli.settings.masked import displayed

_EXAMPLE_STOREFRONT: Final = "at"
_EXAMPLE_VALUES: Final = {
    "default_customer_no": '"10000"',
    "create_sales_orders": "false",
    "start_at": '""',
    "shipping_number": '""',
}
_BASIC_PLANE: Final = 0xFFFF
_HEAD_IN_FORCE: Final = """\
# Settings of kaufland: every value that was set. On another machine, save it where `kaufland config path`
# says. The secret key is not in it: kaufland secret set
"""
_HEAD: Final = """\
# Settings of kaufland, with every key and its default. Save it where `kaufland config path` says; remove the # before
# a line to use it. `kaufland config list --all` shows each value and where it comes from.
# The secret key never belongs in this file: kaufland secret set
"""


def toml_value(value: object) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        # Without the line break that tomli-w ends each pair with.
        pairs = [tomli_w.dumps({name: item})[:-1] for name, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    return tomli_w.dumps({"value": value}).removeprefix("value = ")[:-1]


def default_text(known: SettingKey) -> str:
    """Return the default as TOML; empty if TOML cannot express it."""
    return "" if known.default is None else toml_value(known.default)


def settings_toml(loaded: LoadedSettings, *, reveal: bool = False, ascii_only: bool = False) -> str:
    """Return a settings file with every value that was set, from any source, so that it gives the same settings.

    Unless `reveal`, hidden values (see `hidden_keys`) are left out and named in a comment. With `ascii_only`, other
    characters are escaped, for a stream that is not UTF-8.
    """
    hidden = [] if reveal else hidden_keys(loaded)
    tables: dict[str, dict[str, object]] = {f"{STOREFRONTS}.{code}": {} for code in loaded.settings.storefronts}
    for key, value in _values_set(loaded):
        table, _, name = key.rpartition(".")
        if key not in hidden:
            tables.setdefault(table, {})[name] = value
    data: dict[str, Any] = {}
    for table, values in tables.items():
        section, _, code = table.partition(".")
        if code:
            data.setdefault(section, {})[code] = values
        else:
            data[section] = values
    left_out = "".join(f"# Left out: {key} (kaufland config list --toml --reveal)\n" for key in hidden)
    text = f"{_HEAD_IN_FORCE}{left_out}\n{tomli_w.dumps(data)}"
    return "".join(character if _is_plain(character, ascii_only) else _escaped(character) for character in text)


def hidden_keys(loaded: LoadedSettings) -> list[str]:
    """Return the keys whose values are hidden by default, in whole or in part, such as a ping URL."""
    return [key for key, value in _values_set(loaded) if displayed(key, value) != value]


def _values_set(loaded: LoadedSettings) -> Iterator[tuple[str, object]]:
    for key, origin in loaded.origins.items():
        if origin.source != "default":
            yield key, value_of(loaded.settings, key)


def _is_plain(character: str, ascii_only: bool) -> bool:
    return character == "\n" or (character.isprintable() and (character.isascii() or not ascii_only))


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"


def example_toml() -> str:
    """Return the example file, with every key commented out, so that it is valid and equals the defaults."""
    parts = [_HEAD]
    for section in sections():
        if section == STOREFRONTS:
            parts.append("# Settings of one storefront; one table for each storefront.")
            parts.append(f"# [{STOREFRONTS}.{_EXAMPLE_STOREFRONT}]")
        else:
            parts.append(f"[{section}]")
        prefix = f"{STOREFRONTS}.{CODE}" if section == STOREFRONTS else section
        for known in setting_keys():
            if known.key.rpartition(".")[0] == prefix:
                value = default_text(known) or _EXAMPLE_VALUES[_name(known)]
                parts += [*_comment(known), f"# {_name(known)} = {value}", ""]
    return "\n".join(parts)


def _name(known: SettingKey) -> str:
    return known.key.rpartition(".")[2]


def _comment(known: SettingKey) -> list[str]:
    field = f' ("{known.setup_page_field}" on the setup page)' if known.setup_page_field else ""
    texts = (f"{known.description}{field}", f"Allowed: {known.allowed}.")
    return [line for text in texts for line in textwrap.wrap(text, 116, initial_indent="## ", subsequent_indent="## ")]
