"""What the page of bots and files says of a source. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from app.messages import _, plural, render
from app.ui import words
from app.ui.shown import ChipShown
from app.ui.tokens import Tone


class Amount(msgspec.Struct, frozen=True):
    files: int = 0
    bytes: int = 0


class Item(msgspec.Struct, frozen=True):
    """Something that is left out, and why."""

    path: str
    why: str
    folder: bool = False
    files: int = 0
    bytes: int = 0


class Effect(msgspec.Struct, frozen=True):
    files: int = 0
    bytes: int = 0
    paths: tuple[str, ...] = ()


class Taking(msgspec.Struct, frozen=True):
    """A source as `tradekeep source show` tells it."""

    name: str
    path: str
    kind: str = "folder"
    bot: str | None = None
    exclude: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    taken: Amount = Amount()
    left_out: Amount = Amount()
    items: tuple[Item, ...] = ()
    rows: tuple[dict[str, object], ...] = ()
    effect: Effect = Effect()


@dataclass(frozen=True, slots=True)
class Found:
    """A bot that was found here."""

    name: str
    path: str
    kind: str
    about: str


def read_taking(report: Mapping[str, object]) -> Taking:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(report, type=Taking)


def amount(told: Amount | Effect | Item) -> str:
    """ "41 files, 1.2 GB"."""
    files = plural("{count} file", "{count} files", told.files)
    return _("{files}, {size}").format(files=files, size=words.size(told.bytes))


def icon_of(row: Mapping[str, object]) -> str:
    return "folder" if row.get("folder") else "file"


def size_of(row: Mapping[str, object]) -> str:
    """The size of what is taken of an entry."""
    held = row.get("bytes")
    return words.size(held) if isinstance(held, int) and row.get("taken") != "none" else ""


def left_of(row: Mapping[str, object]) -> str:
    """The size of what is left out of it."""
    out = row.get("out")
    files = out.get("files") if isinstance(out, dict) else 0
    held = out.get("bytes") if isinstance(out, dict) else 0
    return words.size(held) if files and isinstance(held, int) else ""


def taken_of(row: Mapping[str, object]) -> str:
    """What is done with an entry, in a word."""
    return dict(zip(("all", "part", "none"), taken_words(), strict=True)).get(
        str(row.get("taken")), ""
    )


def taken_words() -> tuple[str, str, str]:
    """What may be done with an entry: all of it is taken, a part, nothing."""
    return _("taken"), _("in part"), _("left out")


def taken_icon(row: Mapping[str, object]) -> str:
    icons = {"all": "check", "part": "circle-minus", "none": "minus"}
    return icons.get(str(row.get("taken")), "help-circle")


def why_of(item: Item) -> str:
    """Why something is left out, in words."""
    if item.why == "CACHEDIR.TAG":
        return _("marked as a cache")
    return item.why


def effect_words(effect: Effect) -> str:
    """What a new pattern would leave out."""
    if not effect.files:
        return _("This leaves out nothing that is taken now.")
    return _("This would leave out {amount}.").format(amount=amount(effect))


def chip_of(taking: Taking) -> ChipShown | None:
    """For a source of which much is left out."""
    if taking.left_out.bytes > taking.taken.bytes:
        return ChipShown("alert-triangle", _("More is left out than taken"), Tone.WARN)
    return None


def lost_words(report: Mapping[str, object]) -> str:
    """What a search found that bots lose when they stop, a line each; "" for nothing."""
    told = report.get("problems")
    lines = []
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and isinstance(params := each.get("params"), dict):
            sentence = render(str(each.get("id")), params)
            lines.append(str(sentence))
    return "\n".join(lines)


def read_found(report: Mapping[str, object]) -> list[Found]:
    """The bots that `tradekeep source detect` found and that are no sources yet."""
    found = report.get("bots")
    bots = []
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and not each.get("added"):
            told = Amount(_whole(each.get("files")), _whole(each.get("bytes")))
            name, kind = str(each.get("name") or ""), str(each.get("kind") or "")
            bots.append(Found(name, str(each.get("path")), kind, amount(told)))
    return bots


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
