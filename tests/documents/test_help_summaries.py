"""What the list of commands says about each of them."""

import re

from surface.scene import commands

FITS = re.compile(r"(?=.{1,55}$)[A-Z][^.]+\.")


def test_summary_fits_on_its_line() -> None:
    """Each command has a summary of one sentence and at most 55 characters, so that lists show it whole."""
    summaries = {" ".join(words): str(command.help).split("\n\n", 1)[0] for words, command in commands() if words}
    assert {name: text for name, text in summaries.items() if not FITS.fullmatch(text)} == {}
