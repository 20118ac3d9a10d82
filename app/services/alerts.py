"""Alerts: who is told how the backups go, and a dead man's switch that is called when they go well.

An address is a secret and lies in the sealed file under "alert:" and the alert's id; settings and
lists name its service only. What each alert told last is kept in `alerts.json`. Sending never ends
a run and never keeps one for long (`alert_post`), and what was not sent is owed to the next run.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from app.errors import AppError, WrongUsage
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.monitor import Problem
from app.secret import Secret
from app.services import alert_rules as rules
from app.services.alert_post import PATIENCE, Answer, Letter, post
from app.services.alert_rules import Kind, Known, Seen
from app.services.alert_texts import CopyTold, Facts, message, was_good
from app.services.dealt import dealt
from app.services.due import look as look_at_schedule
from app.services.history import Told
from app.services.history import now as utc_now
from app.services.home import Home
from app.services.local_zone import LocalZone
from app.services.only_one import only_one
from app.settings.model import AlertOn, AlertSettings
from app.settings.sealed import OF_ALERTS, SealedAccount, SealedFile
from app.settings.settings import add_alert, remove_alert, set_alert

_WAIT = 2.0  # for another process that is sending
ADDRESS = "address"


class _Kept(msgspec.Struct, frozen=True):
    version: int = 1
    alerts: dict[str, Known] = {}


# --- adding and removing ----------------------------------------------------------------------


def add(
    home: Home, name: str, address: Secret, *, on: Sequence[AlertOn], silence: bool
) -> AlertSettings:
    """Add an alert: its address is sealed first, then the settings name it. Raises `WrongUsage`
    for an address that leads nowhere, `SealedError`, keyring errors."""
    from app.services.alert_sending import host_of, service_of

    sealed = _sealed(home)
    refuse_taken(home, name)
    service = host_of(address) if silence else service_of(address)
    alert = AlertSettings(name, os.urandom(8).hex(), service, () if silence else tuple(on), silence)
    sealed.put(_sealed_name(alert), SealedAccount({ADDRESS: address}))
    try:
        add_alert(home.paths.settings_file, alert)
    except BaseException:
        with contextlib.suppress(AppError):
            sealed.remove(_sealed_name(alert))
        raise
    _keep(home, {alert.id: rules.begin(_facts(home).seen)})
    return alert


def refuse_taken(home: Home, name: str) -> None:
    """Raises `WrongUsage` for a name that an alert has already: before anybody types a secret."""
    if any(each.name.casefold() == name.casefold() for each in home.settings.alerts):
        raise WrongUsage("alert-taken", name=name)


def choose(home: Home, name: str, on: Sequence[AlertOn]) -> AlertSettings:
    """Choose anew what an alert tells of; nothing switches it off."""
    alert = named(home, name)
    set_alert(home.paths.settings_file, alert.name, on)
    return msgspec.structs.replace(alert, on=tuple(on))


def remove(home: Home, name: str) -> AlertSettings:
    """Take an alert out of the settings and forget its address."""
    from app.services.opening import forget_secrets  # as in `_sealed`

    alert = named(home, name)
    forget_secrets(home, _sealed_name(alert))
    remove_alert(home.paths.settings_file, alert.name)
    _keep(home, {}, gone=alert.id)
    return alert


def named(home: Home, name: str) -> AlertSettings:
    """The alert of that name, upper or lower case; `WrongUsage` if there is none."""
    for alert in home.settings.alerts:
        if alert.name.casefold() == name.casefold():
            return alert
    known = ", ".join(each.name for each in home.settings.alerts) or "–"
    raise WrongUsage("alert-unknown", name=name, known=known)


def states(home: Home) -> list[dict[str, object]]:
    """The alerts as `status` tells them: name, service, silence, on, last_sent (RFC 3339 or null),
    last_error (id, params, title, hint, or null). Asks nobody and needs no key."""
    known = _load(home) if home.settings.alerts else {}
    return [_state(alert, known.get(alert.id, Known())) for alert in home.settings.alerts]


def _state(alert: AlertSettings, known: Known) -> dict[str, object]:
    from app.repository.times import rfc3339

    return {
        "name": alert.name,
        "service": alert.service,
        "silence": alert.silence,
        "on": [each.value for each in alert.on],
        "last_sent": None if known.sent is None else rfc3339(known.sent),
        "last_error": None if known.error is None else msgspec.to_builtins(known.error),
    }


def _sealed_name(alert: AlertSettings) -> str:
    return f"{OF_ALERTS}{alert.id}"


def _sealed(home: Home) -> SealedFile:
    from app.services.opening import sealed_file  # which only those who send pay for

    return sealed_file(home)


# --- telling ----------------------------------------------------------------------------------


def tell(home: Home, note: Callable[[Problem], None]) -> None:
    """Send what is owed now. Never raises: `note` hears of each alert that did not get through."""
    try:
        if home.settings.alerts:
            with only_one(home, "alerts", "alert-busy", wait=_WAIT):
                _tell(home, note)
    except AppError as error:
        note(Problem.from_error(error))


def _tell(home: Home, note: Callable[[Problem], None]) -> None:
    facts, known = _facts(home), _load(home)
    letters: dict[str, list[Letter]] = {}
    for alert in home.settings.alerts:
        known[alert.id] = rules.quietly(alert, known.get(alert.id, Known()), facts.seen)
        owed = rules.owed(alert, known[alert.id], facts.seen)
        if Kind.WEEKLY in owed and not facts.copies:
            facts = _with_copies(home, facts)
        if owed:
            letters[alert.id] = [_letter(kind, facts) for kind in owed]
    if letters:
        known |= _sent(home, letters, known, facts.seen, note)
    _keep(home, known)


def test(home: Home, name: str) -> AlertSettings:
    """Send a message to try an alert, or call its switch. Raises `AppError` where that fails."""
    alert, facts = named(home, name), _facts(home)
    kind = Kind.GOOD if alert.silence else Kind.TEST
    found: list[Problem] = []
    with only_one(home, "alerts", "alert-busy", wait=PATIENCE):
        letters, known = {alert.id: [_letter(kind, facts)]}, _load(home)
        _keep(home, _sent(home, letters, known, facts.seen, found.append))
    if found:
        raise AppError(found[0].message_id, **found[0].params)
    return alert


def _letter(kind: Kind, facts: Facts) -> Letter:
    if kind in (Kind.GOOD, Kind.BAD):
        return Letter(kind)
    title, text = message(kind, facts)
    return Letter(kind, title, text)


def _facts(home: Home) -> Facts:
    now, runs = utc_now(), home.history.runs()
    due = look_at_schedule(home, now, runs=runs)
    keys = frozenset(each.key for each in dealt(home, runs, now))
    copies = frozenset(copy.name for copy in home.settings.copies)
    seen = rules.look(runs, due, keys, now.astimezone(LocalZone()), copies)
    good = next((run for run in runs if was_good(run)), None)
    return Facts(seen, due, good, rules.week_of(runs, now))


def _with_copies(home: Home, facts: Facts) -> Facts:
    from app.services.status import report

    found = report(home)["copies"]
    copies = [msgspec.convert(each, _Copy) for each in (found if isinstance(found, list) else ())]
    told = [CopyTold(each.name, each.behind or 0, each.synced) for each in copies]
    return replace(facts, copies=told)


class _Copy(msgspec.Struct, frozen=True):
    """What we want to know of a copy that `status` tells."""

    name: str
    behind: int | None = None
    synced: str | None = None


def _sent(
    home: Home,
    letters: Mapping[str, Sequence[Letter]],
    known: Mapping[str, Known],
    seen: Seen,
    note: Callable[[Problem], None],
) -> dict[str, Known]:
    """Send the letters of each alert; what is known of those alerts then."""
    alerts = {alert.id: alert for alert in home.settings.alerts}
    found = {each: known.get(each, Known()) for each in letters}
    for each, kind, error in _posted(home, letters, alerts):
        if error is None:
            found[each] = rules.told(found[each], kind, seen, utc_now())
            continue
        alert = alerts[each]
        params = {**error.params, "name": alert.name, "service": alert.service}
        problem = Problem(error.message_id, params)
        found[each] = msgspec.structs.replace(found[each], error=Told.problem(problem))
        note(problem)
    return found


def _posted(
    home: Home, letters: Mapping[str, Sequence[Letter]], alerts: Mapping[str, AlertSettings]
) -> list[Answer]:
    """What became of the letters; without the key to the addresses, nothing."""
    try:
        kept = _sealed(home).accounts()
    except AppError as error:
        return [(each, sheets[0].kind, error) for each, sheets in letters.items()]
    addresses = {}
    for each in letters:
        account = kept.get(_sealed_name(alerts[each]), SealedAccount())
        if ADDRESS in account.secrets:
            addresses[each] = account.secrets[ADDRESS]
    return post(letters, addresses)


# --- the file ---------------------------------------------------------------------------------


def _load(home: Home) -> dict[str, Known]:
    """What alerts told last; a file that cannot be read counts as none: a message too many."""
    try:
        return msgspec.json.decode(home.paths.alerts_file.read_bytes(), type=_Kept).alerts
    except (OSError, *NO_JSON):
        return {}


def _keep(home: Home, changed: Mapping[str, Known], *, gone: str = "") -> None:
    """Raises `AppError` where it cannot be written."""
    file, before = home.paths.alerts_file, _load(home)
    after = {each: known for each, known in {**before, **changed}.items() if each != gone}
    if after == before:
        return
    try:
        private_folder(file.parent)
        write_atomic(file, msgspec.json.encode(_Kept(alerts=after)))
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=str(file), reason=reason) from error
