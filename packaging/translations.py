"""Collects every text for people and keeps the catalogues of all languages in step with them.

    translations/tradekeep.pot             every text, as the source has it
    translations/<language>.po             what translators write; new texts are added, gone ones go
    resources/translations/<language>/     what the program reads, compiled from the .po

All three are committed, so that a checkout, a wheel and a frozen build speak every language
without a further step; tests compare them. Nothing in them depends on the day or the machine.
Needs Babel, so it runs in the environment (`packaging/bootstrap.py translations`).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import texts
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.messages.language import DOMAIN, ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = tuple(name for name in LANGUAGES if name != ENGLISH)


class _Plain(Catalog):
    """A catalogue whose header says what a reader needs: no dates, names and addresses."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        if self.locale is not None:
            headers = [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)]
            headers.append(("Content-Type", "text/plain; charset=utf-8"))
        return headers


class Built(NamedTuple):
    """The files as they are to be: by their path below the checkout."""

    files: dict[str, bytes]
    missing: dict[str, int]


def template() -> Catalog:
    """Every text, in the order of the files that say it."""
    catalogue = _Plain(header_comment="# Every text for people in Tradekeep.", fuzzy=False)
    for text in texts.collect(ROOT):
        catalogue.add(text.id, locations=[(text.file, 0)], auto_comments=text.comments)
    return catalogue


def translated(language: str, wanted: Catalog) -> Catalog:
    """What is translated so far, with every text that is wanted and no other."""
    path = ROOT / "translations" / f"{language}.po"
    have = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            have = read_po(file, locale=language, charset="utf-8", abort_invalid=True)
    comment = have.header_comment if path.exists() else f"# {LANGUAGES[language]}"
    made = _Plain(locale=language, header_comment=comment, fuzzy=False)
    for message in _texts(wanted):
        old = have.get(message.id, message.context)
        if old is not None and isinstance(old.string, tuple) != isinstance(message.id, tuple):
            old = None  # it counts now, or does so no more: its forms are others
        made.add(
            message.id,
            string=old.string if old is not None and not old.fuzzy else None,
            locations=message.locations,
            auto_comments=message.auto_comments,
            user_comments=old.user_comments if old is not None else (),
        )
    return made


def build() -> Built:
    """All files, from the source and what is translated."""
    wanted = template()
    files = {f"translations/{DOMAIN}.pot": _po(wanted)}
    missing = {}
    for language in TRANSLATED:
        catalogue = translated(language, wanted)
        files[f"translations/{language}.po"] = _po(catalogue)
        files[f"resources/translations/{language}/LC_MESSAGES/{DOMAIN}.mo"] = _mo(catalogue)
        missing[language] = sum(not _whole(message) for message in _texts(catalogue))
    return Built(files, missing)


def _texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _whole(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _po(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalogue, width=100, include_lineno=False)
    return written.getvalue()


def _mo(catalogue: Catalog) -> bytes:
    """Compiled; what is not translated is left out, so that it is said in English."""
    whole = _Plain(locale=catalogue.locale, fuzzy=False)
    for message in filter(_whole, _texts(catalogue)):
        whole.add(message.id, message.string)
    written = io.BytesIO()
    write_mo(written, whole)
    return written.getvalue()


def main() -> int:
    """Writes what has changed and says what is still to be translated."""
    built = build()
    for name, content in built.files.items():
        path = ROOT / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"Written: {name}")
    for language, count in built.missing.items():
        print(f"{LANGUAGES[language]}: {count or 'nothing'} to translate")
    return 1 if any(built.missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
