"""Texts from outside made fit to print: no control characters, and a way out where no font has a character."""

import unicodedata
from functools import cache
from typing import Any

from matplotlib.ft2font import FT2Font

from resources import resource_path

SUBSTITUTE = "?"
PRINTED_FONTS = ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")


def printable(value: Any) -> Any:
    """The value with its texts on one line and without control or direction characters, which could make a name look other."""
    if isinstance(value, str):
        flat = " ".join(value.split()) if any(c in value for c in "\r\n\t") else value
        return "".join(c for c in flat if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    if isinstance(value, dict):
        return {key: printable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [printable(entry) for entry in value]
    return value


def missing_characters(text: str) -> frozenset[str]:
    """Characters that the shipped fonts do not have."""
    return frozenset(c for c in set(text) if ord(c) not in _covered() and not c.isspace())


def substituted(text: str) -> str:
    """The text with a question mark for each character that the shipped fonts do not have."""
    return text.translate({ord(c): SUBSTITUTE for c in missing_characters(text)})


@cache
def _covered() -> frozenset[int]:
    maps = [FT2Font(str(resource_path("fonts", name))).get_charmap() for name in PRINTED_FONTS]
    return frozenset(set(maps[0]).intersection(*maps[1:]))
