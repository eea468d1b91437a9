"""What is an e-mail address that a merchandise system takes."""

import re

# Stricter than the standards, which allow quotes, comments and other scripts: no marketplace gives out such addresses.
_WORD = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+", re.ASCII)
_EDGE = re.compile(r"(?:^|\.)-|-(?:\.|$)")


def is_email_address(text: str) -> bool:
    """Tell whether it is one plain e-mail address: `name@host.example`, nothing before, between or behind.

    Business Central refuses a document with one that it does not understand (BaseApp, SalesHeader.Table.al 2802).
    """
    return _ADDRESS.fullmatch(text) is not None and _EDGE.search(text.partition("@")[2]) is None
