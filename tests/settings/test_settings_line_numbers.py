"""Which line each key of a TOML text stands in."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.settings.config_file import line_numbers, line_of

EVERY_FORM = '''\
top = 1 # [no.table]

[api] # a comment
base_url = "a # b" # c
"quoted key" = 'x'
'single' = """
[not.a.table]
not_a_key = 1 \\""" still
"""""
list = [ # [no]
  "]", '[', # ]
  { a = 1, b = "}" },
]
after.the.list = { x = 1 }

lit = \'\'\'
key = 1
\'\'\'\'\'

[ storefronts . "at" ]
enabled = true
[[many]]
x = 1
[[many]]
y = """"""
z = 2'''


def test_every_form_of_toml() -> None:
    """Strings, arrays and inline tables of several lines do not move the count, and nothing inside them is a key."""
    tomllib.loads(EVERY_FORM)
    assert line_numbers(EVERY_FORM) == {
        ("top",): 1,
        ("api",): 3,
        ("api", "base_url"): 4,
        ("api", "quoted key"): 5,
        ("api", "single"): 6,
        ("api", "list"): 10,
        ("api", "after"): 14,
        ("api", "after", "the"): 14,
        ("api", "after", "the", "list"): 14,
        ("api", "lit"): 16,
        ("storefronts",): 20,
        ("storefronts", "at"): 20,
        ("storefronts", "at", "enabled"): 21,
        ("many",): 22,
        ("many", "x"): 23,
        ("many", "y"): 25,
        ("many", "z"): 26,
    }


def test_key_inside_an_inline_table_has_the_tables_line() -> None:
    """What has no line of its own is found at the nearest table around it."""
    lines = line_numbers("\napi = { base_url = 1 }\n")
    assert line_of(lines, ("api", "base_url")) == 2
    assert line_of(lines, ("ui",)) is None


VALUES = st.sampled_from(
    ["1", '"#"', "'['", '"""\n[x]\ny = 1\n"""', "'''\n\n'''", "[\n1, # ]\n2\n]", "{ a = 1 }", '"\\""', "[[1], [2,\n]]"]
)
GAPS = st.sampled_from(["\n", "\n\n", " # x = 1\n", "\r\n", "\n# [y]\n", "\n  "])


@given(st.lists(st.tuples(VALUES, GAPS)), st.booleans())
def test_any_order_of_values_and_gaps(pairs: list[tuple[str, str]], quoted: bool) -> None:
    """Whatever stands before a key, its line is the one that an editor shows."""
    text, expected = "", {}
    for number, (value, gap) in enumerate(pairs):
        expected[(f"key{number}",)] = text.count("\n") + 1
        text += (f'"key{number}"' if quoted else f"key{number}") + f" = {value}{gap}"
    tomllib.loads(text)
    assert line_numbers(text) == expected


@given(
    st.lists(
        st.sampled_from(["a", "b", '"c d"', "[a]", "[[b]]", " = ", "1", "[1,", "]", '"""', "'", ".", "#", "\n"])
    ).map("".join)
)
@pytest.mark.timeout(30)
def test_every_key_that_toml_knows_has_a_line(text: str) -> None:
    """Whatever valid TOML looks like, each of its tables and keys is found in a line of the text."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = line_numbers(text)
    assert {path[0] for path in lines} == set(data)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
