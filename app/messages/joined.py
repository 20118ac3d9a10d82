"""Texts put together as the language that is spoken puts them together.

Whole sentences are translated as wholes. What is joined by code is what nobody knows beforehand:
how many names there are, which facts are known, which sentences apply. Chinese has signs of its
own for each case, and no space after them. Empty texts are passed over.

Must not know: anything of `app` but `app.messages.formats`.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.messages.formats import spoken

# After these no sentence needs a full stop.
_ENDS = (".", "?", "!", "…", ":", "。", "？", "！", "：")
# These are as wide as a character, with the gap in them.
_WIDE = ("。", "？", "！", "：", "；", "，", "……")


def listed(names: Iterable[str]) -> str:
    """Things of one kind: "desk, vps-1"."""
    return spoken().comma.join(filter(None, names))


def beside(facts: Iterable[str]) -> str:
    """Facts of several kinds, side by side: "desk, today, 412 files"."""
    return spoken().beside.join(filter(None, facts))


def labelled(label: str, text: str) -> str:
    """ "Label: text"; only what there is of them."""
    return spoken().colon.join(filter(None, (label, text)))


def sentences(texts: Iterable[str]) -> str:
    """Sentences one after the other, in whichever language each of them is."""
    said = ""
    for text in filter(None, texts):
        gap = "" if not said or said.endswith(_WIDE) else " "
        said = f"{said}{gap}{text}"
    return said


def ended(text: str) -> str:
    """A title as a sentence: with a full stop, unless it ends as one already."""
    return text if not text or text.endswith(_ENDS) else text + spoken().stop


def titled(title: str, text: str) -> str:
    """A title and what stands below it, in one text: for a screen reader, or to be copied."""
    return sentences((ended(title), text))
