"""Text measured in the cells of a terminal, where a Chinese character takes two."""

from rich.cells import cell_len, set_cell_size


def width_of(text: str) -> int:
    """Return how many cells the text takes."""
    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return the text filled up with spaces to that many cells."""
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def cut(text: str, width: int, mark: str = "…") -> str:
    """Return the text if it fits, else its beginning and the mark."""
    if cell_len(text) <= width:
        return text
    if width <= cell_len(mark):
        return set_cell_size(text, width).rstrip()
    return set_cell_size(text, width - cell_len(mark)).rstrip() + mark


def wrapped(text: str, width: int | None, *, break_words: bool = True) -> list[str]:
    """Return the text in lines of at most that many cells, broken between words.

    A word longer than a line is broken too, except where it should be copied whole (`break_words=False`).
    """
    if width is None or cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        units = _parts(word, width) if break_words else [word]
        lines[-1:] = [lines[-1], *units] if lines[-1] else units
    return lines


def _parts(word: str, width: int) -> list[str]:
    """Return the word in parts of at most that many cells, without losing a character."""
    parts = [""]
    for char in word:
        if parts[-1] and cell_len(parts[-1] + char) > width:
            parts.append("")
        parts[-1] += char
    return parts
