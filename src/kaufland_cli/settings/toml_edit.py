"""One change to a TOML text that keeps its comments, order and spelling."""

from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, InlineTable, Null, Table, Whitespace

from kaufland_cli.settings.config_file import KeyPath


def edited_toml(text: str, path: KeyPath, value: object | None) -> str:
    """Return the text with the key set, or removed where the value is None, with a table that this leaves empty.

    A table that holds a comment stays. Raises ValueError where the editor does not know the way the text is written.
    The caller compares what the result means with what was wanted, since no editor knows every way to write TOML.
    """
    text = text if not text or text.endswith("\n") else f"{text}\n"
    parent = path[:-1]
    try:
        document = tomlkit.parse(text)
        if parent and value is not None and _table(document, parent) is None:
            # A new table goes to the end: in the middle it would part a comment from the table that follows it.
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
                _move_to_its_place(table.value.body, path[-1])
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
    # The blank line in front of a removed table is of no use at the end of the file.
    return text.rstrip("\n") + "\n" if text.strip() else ""


def _is_bare(table: Any) -> bool:
    """Tell whether the table has neither keys nor comments."""
    if not isinstance(table, Table | InlineTable) or table.trivia.comment:
        return False
    return all(isinstance(item, Whitespace | Null) for _, item in table.value.body)


def _table(document: Any, path: KeyPath) -> Any:
    for part in path:
        if part not in document:
            return None
        document = document[part]
    return document


def _move_to_its_place(body: list[tuple[Any, Any]], name: str) -> None:
    """Move a new key from the end of its table to below its commented-out line, or else below the last key.

    At the end it would stand behind the comment that belongs to the next table.
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
