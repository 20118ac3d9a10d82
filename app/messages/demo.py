"""Sentences about the demo on sample data. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

_REPORT = "This is a mistake in Tradekeep. Nothing of yours was touched."

SENTENCES: dict[str, Sentence] = {
    "demo-different": Sentence(
        "{count} restored files are not what was backed up ({path}, for example).",
        _REPORT,
        one="{count} restored file is not what was backed up: {path}.",
    ),
    "demo-trades": Sentence(
        "The restored database holds {kept} trades, the live one {now}.", _REPORT
    ),
    "demo-database": Sentence("The restored database is not whole: {reason}.", _REPORT),
    "demo-history": Sentence(
        "The restored history of the exchange has {found} of {true} fills, or contradicts itself.",
        _REPORT,
    ),
    "demo-disturbed": Sentence(
        "{failed} of the bot's transactions failed while it was backed up.", _REPORT
    ),
    "demo-in-use": Sentence(
        "Another process ({pid}) still works on the sample data.",
        "Close its window, then remove the sample data once more.",
    ),
}
