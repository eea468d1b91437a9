"""Texts of libraries, which no user should read: they name things that users do not know, and change by themselves."""

import re

PHRASES = (
    # pydantic
    r"Input should be",
    r"Value error",
    r"Field required",
    r"Extra inputs are",
    r"valid integer",
    r"unable to (?:parse|interpret)",
    r"validation errors? for",
    # typer and click
    r"Invalid value for",
    r"No such (?:option|command)",
    r"Possible options",
    r"Missing (?:argument|option|parameter)",
    r"unexpected extra argument",
    r"requires an argument",
    r"does not take a value",
    r"is not one of '",
    # sqlite3
    r"database disk image",
    r"file is not a database",
    r"disk I/O error",
    r"unable to open database",
    r"attempt to write a readonly",
    r"database is locked",
    r"database or disk is full",
    r"no such (?:table|column)",
    r"number of bindings",
    # tomllib, json, csv
    r"Expected (?:'|newline)",
    r"Invalid (?:statement|initial character)",
    r"Un(?:closed|terminated) (?:array|inline|string)",
    r"Cannot (?:overwrite a|declare \(|mutate|redefine namespace)",
    r"\(at (?:line \d+, column|end of document)",
    r"Expecting (?:value|property|',)",
    r"Extra data:",
    r"\(char \d+\)",
    r"unexpected end of data",
    # ssl, socket, httpx, keyring, zoneinfo, and Python itself
    r"CERTIFICATE_VERIFY_FAILED",
    r"local issuer certificate",
    r"\[SSL",
    r"_ssl\.c",
    r"Name or service not known",
    r"All connection attempts failed",
    r"No recommended backend",
    r"No time zone found",
    r"\[Errno",
    r"Traceback",
    r"(?<![\w(])(?:Key|Value|Type|Attribute|Index|OS)Error\b(?!\))",
    r"codec can't",
    r"object has no attribute",
)
_FOUND = re.compile("|".join(PHRASES))


def library_text(shown: str) -> str:
    """Return the first text of a library in what was shown, with its line; empty if there is none."""
    found = _FOUND.search(shown)
    if found is None:
        return ""
    return shown[shown.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
