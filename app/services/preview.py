"""The beginning of a file, as a window shows it: text, an image, or hexadecimal."""

from __future__ import annotations

import codecs

from app.repository.contents import Contents

LARGEST_IMAGE = 2 << 20  # in base64 in one line, which a reader takes up to 4 MiB
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What no text holds: control characters but tab, line ends, form feed and escape.
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b") | {0x7F}


def preview(contents: Contents, length: int) -> dict[str, object]:
    """`kind` is text (with `text` and `encoding`), image (`image` in base64, and `media`) or
    binary (`hex`). `shown` of `size` bytes are in it."""
    begin = contents.read(0, length)
    media = _media(begin)
    if media is not None and contents.size <= LARGEST_IMAGE:
        whole = contents.read(0, contents.size)
        return {**_head("image", contents, len(whole)), "media": media, "image": whole}
    text = None if media else _text(begin, is_whole=len(begin) == contents.size)
    if text is not None:
        return {**_head("text", contents, len(begin)), "encoding": text[0], "text": text[1]}
    return {**_head("binary", contents, len(begin)), "media": media, "hex": begin.hex()}


def _head(kind: str, contents: Contents, shown: int) -> dict[str, object]:
    return {"kind": kind, "size": contents.size, "shown": shown}


def _media(begin: bytes) -> str | None:
    """The type of an image, by its first bytes."""
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "image/webp"
    return next((media for mark, media in _IMAGES.items() if begin.startswith(mark)), None)


def as_text(data: bytes) -> str | None:
    """The text of a whole file; None for what is none."""
    found = None if _media(data[:16]) else _text(data, is_whole=True)
    return None if found is None else found[1]


def _text(data: bytes, *, is_whole: bool) -> tuple[str, str] | None:
    """Encoding and text; None for what is none. The end may be in the middle of a character."""
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if marked is None and not _CONTROL.isdisjoint(data):
        return None
    encoding = marked or "utf-8"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, is_whole)
    except UnicodeDecodeError:
        # Every byte is a character there: right for old files of the West, legible for others.
        return None if marked else ("iso-8859-1", data.decode("iso-8859-1"))
    return ("utf-8" if encoding == "utf-8-sig" else encoding), text
