"""Sentences about mending a repository. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "repair-pack-unreadable": Sentence(
        "What {file} at {place} holds cannot be found out: the list at its end is damaged.",
        "It was left as it is. If another copy has the file, connect it and repair again.",
    ),
    "repair-pack-left": Sentence(
        "The drive does not give all of {file} at {place}. It was not removed.",
        "Try another cable, port or computer and repair again: what can be read then is saved.",
    ),
    "repair-blob-lost": Sentence(
        "A piece of data ({blob}) is lost at {place}, and no copy that is connected has it.",
        "If the file that it belongs to still is on this computer, the next backup saves it anew. "
        "Otherwise connect further copies and repair again.",
    ),
}
