"""Edits one key in a TOML text and keeps comments, order and spelling: the only module that uses tomlkit.

`edit` loads it only when something is written (docs/decisions/0007-toml-edits.md).
"""

from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, InlineTable, Null, Table, Whitespace

from kaufland_cli.settings.config_file import KeyPath


def edited_toml(text: str, path: KeyPath, value: object | None) -> str:
    """Return the text with the key set, or removed if the value is None; a table that this empties goes too.

    A table with a comment stays. Raises ValueError if the editor cannot handle the text. The caller has to compare the
    data of the result with what was wanted, since no editor handles every way to write TOML.
    """
    text = text if not text or text.endswith("\n") else f"{text}\n"
    parent = path[:-1]
    try:
        document = tomlkit.parse(text)
        if parent and value is not None and _table(document, parent) is None:
            # A new table goes to the end: elsewhere it would separate a comment from the table after it.
            gap = "\n" if text else ""
            document = tomlkit.parse(f"{text}{gap}[{'.'.join(parent)}]\n")
        table = _table(document, parent)
        if value is None:
            return _without(document, path)
        if path[-1] in table:
            table[path[-1]] = value
        else:
            table.add(path[-1], value)
            if isinstance(table, Table):
                _move_into_place(table.value.body, path[-1])
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ValueError(str(error)) from error


def _without(document: Any, path: KeyPath) -> str:
    del _table(document, path[:-1])[path[-1]]
    parent = path[:-1]
    while parent and _is_bare(_table(document, parent)):
        *_, name = parent
        parent = parent[:-1]
        del _table(document, parent)[name]
    text = tomlkit.dumps(document)
    if parent == path[:-1]:
        return text
    # Remove the blank line that stood before the removed table.
    return text.rstrip("\n") + "\n" if text.strip() else ""


def _is_bare(table: Any) -> bool:
    """Return whether the table has neither keys nor comments."""
    if not isinstance(table, Table | InlineTable) or table.trivia.comment:
        return False
    return all(isinstance(item, Whitespace | Null) for _, item in table.value.body)


def _table(document: Any, path: KeyPath) -> Any:
    for part in path:
        if part not in document:
            return None
        document = document[part]
    return document


def _move_into_place(body: list[tuple[Any, Any]], name: str) -> None:
    """Move a new key from the end of its table to below its commented-out line, or below the last key.

    At the end it would follow the comment that belongs to the next table.
    """
    added = next(index for index, (key, _) in enumerate(body) if key is not None and key.key == name)
    entry = body.pop(added)
    keys = [index for index, (_, item) in enumerate(body) if not isinstance(item, Comment | Whitespace | Null | Table)]
    prepared = [
        index
        for index, (_, item) in enumerate(body)
        if isinstance(item, Comment) and item.trivia.comment.removeprefix("#").lstrip().startswith(f"{name} =")
    ]
    body.insert(max(prepared or keys, default=-1) + 1, entry)
