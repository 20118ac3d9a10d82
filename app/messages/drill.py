"""Sentences about restores that are practised. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "drill-no-room": Sentence(
        "There is not enough room at {path} to practise a restore of {needed}.",
        "Nothing is wrong with the copy. What was restored is removed again. Make room there and "
        "start again.",
    ),
    "drill-nothing": Sentence(
        "There is nothing at {place} that a restore could be practised with.",
        "Its newest snapshot has no file of a fitting size. Name a source with --source.",
    ),
    "drill-no-source": Sentence(
        "The newest snapshot has no source “{name}”.", "Those it has are: {known}."
    ),
    "drill-database-broken": Sentence(
        "The database {path} came back from {place} as it was saved, but it is broken: {reason}.",
        "Perhaps it was broken before: look at the bot’s own database, and restore it from an "
        "older snapshot if that is broken too.",
    ),
    "drill-archive-differs": Sentence(
        "{path} from {place} does not hold answer {number}, which its own snapshot has seen.",
        "Run: tradekeep archive verify — it says whether the archive on this computer is whole.",
    ),
}
