"""What follows from where things are put, said before it is done. Must not know Qt."""

from __future__ import annotations

from app.messages import Sentence, render
from app.ui.tokens import Tone
from app.ui.wizards.first_run.plan import Place

Consequence = tuple[Tone, Sentence]


def consequences(
    own: Place | None, copy: Place | None, *, later: bool, away: bool = False
) -> list[Consequence]:
    """Of the repository's place and the copy's; the gravest first. `away` of the repository."""
    found: list[Consequence] = []
    if own is not None and copy is not None and own.disk and own.disk == copy.disk:
        found.append((Tone.WARN, render("setup-one-disk", {})))
    if later:
        message = "setup-no-copy-here" if away else "setup-no-copy"
        found.append((Tone.WARN, render(message, {})))
    for place in (own, copy):
        if place is not None and place.holds == "files":
            found.append((Tone.WARN, render("setup-place-holds-files", {"place": place.path})))
        if place is not None and place.synced:
            params = {"place": place.path, "service": place.synced}
            found.append((Tone.WARN, render("setup-place-synced", params)))
    return found


def kit_consequences(file: Place, repository: Place | None) -> list[Sentence]:
    """Why a folder is no good place for the file with the printed key."""
    found = []
    if file.synced:
        found.append(render("kit-place-synced", {"service": file.synced}))
    if file.source:
        found.append(render("kit-place-in-source", {"source": file.source}))
    if repository is not None and file.disk and file.disk == repository.disk:
        found.append(render("kit-place-same-disk", {}))
    return found
