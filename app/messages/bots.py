"""Sentences about bots: what runs, what lies beyond their files, what is open."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "bot-trades-unreadable": Sentence(
        "{path} does not say which trades are open: {reason}.",
        "The database was saved all the same. Ask the bot itself, or the exchange, what is open.",
    ),
}
