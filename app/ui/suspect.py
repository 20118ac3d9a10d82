"""What the verdict card says of a backup that looks like ransomware at work. Must not know Qt."""

from __future__ import annotations

from app.messages import _, render
from app.ui import words
from app.ui.report import Status
from app.ui.shown import Action, Intent, VerdictShown
from app.ui.situation import Situation
from app.ui.tokens import Tone


def suspect(situation: Situation, status: Status) -> VerdictShown | None:
    """Until somebody has decided, nothing else matters as much. The button that stands first, and
    that Enter would press, is the one that changes nothing."""
    found = status.suspect
    if found is None:
        return None
    sentence = render(
        "window-suspect-kept" if found.kept else "window-suspect",
        {
            "when": words.spoken(found.time, situation.now),
            "examples": words.listed(words.short_path(e, situation.home) for e in found.examples),
            "clean": found.clean[:8],
        },
    )
    first = Action(Intent.KEEP_FROZEN, _("It was not me"), "shield-check")
    more = Action(Intent.DISMISS, _("It was me"), "check")
    if found.kept:
        first = Action(Intent.REFRESH, _("Check again"), "refresh", key="F5")
        more = Action(Intent.DISMISS, _("All is well again"), "check")
    hint = "\n".join((sentence.hint, *found.reasons))
    return VerdictShown(Tone.BAD, "alert-triangle", sentence.title, hint, first, more=more)
