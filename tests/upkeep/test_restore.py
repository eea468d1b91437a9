"""Going back to a copy brings back no buyer who was erased since, not in a part of it that nobody reads either."""

from pathlib import Path

import pytest

from kaufland_cli.store import search_index
from kaufland_cli.store.backup import copy_store
from kaufland_cli.store.places import backup_folder
from kaufland_cli.upkeep.erase_orders import erase_orders
from kaufland_cli.upkeep.restore import restore
from support.erasure import of_the_buyer, traces
from support.imports import world

FIRST = "M000001"
OF_THE_STREET = b"\x03qui"
"""Three letters with their length, as the search index has them; of no other text here."""


def test_buyer_who_is_erased_in_a_copy_is_in_no_byte_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is written again before it becomes the store: its search index only marks what is taken out."""
    monkeypatch.setattr(search_index, "ENOUGH_WAITING", 1)  # so that the buyer is in the index
    with world(tmp_path) as own:
        own.add(units=[{}, {}], **of_the_buyer())
        own.add()
        own.run()
        copy = backup_folder(own.store_file) / f"{own.store_file.stem}-20261101T000000Z.sqlite3"
        copy_store(own.store_file, copy)
        assert OF_THE_STREET in copy.read_bytes()
        with own.store() as store:
            erase_orders(store, [FIRST], own.clock.now(), lambda _: [])
        assert OF_THE_STREET not in own.store_file.read_bytes()
        assert restore(copy, own.store_file, own.clock.now()).erased_again == [FIRST]
        assert OF_THE_STREET not in own.store_file.read_bytes()
        assert traces(tmp_path) == []
