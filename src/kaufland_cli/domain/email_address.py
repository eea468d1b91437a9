"""Which e-mail addresses a merchandise system accepts."""

import re

# Stricter than the standards, which allow quotes, comments and other scripts: no marketplace gives out such addresses.
_WORD = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+", re.ASCII)
_EDGE = re.compile(r"(?:^|\.)-|-(?:\.|$)")


def is_email_address(text: str) -> bool:
    """Return whether the text is exactly one plain e-mail address, such as `name@host.example`.

    Business Central rejects a whole document with an invalid one (source: BaseApp, SalesHeader.Table.al 2802).
    """
    return _ADDRESS.fullmatch(text) is not None and _EDGE.search(text.partition("@")[2]) is None
