"""One change to the settings file: read anew under a lock, change, check, write.

The file before the change is kept as `settings.toml.bak`. What is written has been read back from
its text first and says exactly what was meant; killed at any instant, the old or the new file is
there. Where the settings file is a link (kept among other dotfiles), the file behind it changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs
from msgspec.structs import replace

from app.errors import AppError, WrongUsage
from app.files import private_folder, write_atomic
from app.settings import surgery
from app.settings.edit_lock import edit_lock
from app.settings.fields import REPOSITORY
from app.settings.mistakes import BrokenSettings
from app.settings.model import (
    CandleSettings,
    CopySettings,
    DropboxSettings,
    Environment,
    ExchangeSettings,
    KeepSettings,
    PowerSettings,
    RepositorySettings,
    ScheduleSettings,
    Settings,
    SourceSettings,
    WindowSettings,
)
from app.settings.reading import decode, parse, read_raw
from app.settings.unknown import no_account, no_candles, no_copy, no_source

_MARK = b"\xef\xbb\xbf"
Change = Callable[[str, Settings], tuple[str, Settings]]


def set_repository(path: Path, repository: RepositorySettings) -> None:
    """Name this machine's repository, or another one in its place.

    This and the functions below: `path` is the settings file, made if it is not there. Atomic,
    durable, safe among threads and processes. Raise `BrokenSettings` if the present file has
    mistakes (nothing is changed then), `WrongUsage` if what is asked for does not fit,
    `SettingsBusy`, and `AppError` if the file cannot be written.
    """

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        return with_repository(text, repository), replace(settings, repository=repository)

    edit(path, change)


def with_repository(text: str, repository: RepositorySettings) -> str:
    """A text of settings that names this repository; nothing of one before stays."""
    values = _repository_values(repository)
    before = REPOSITORY.keys() - values.keys()
    return surgery.set_table(surgery.drop_keys(text, "repository", before), "repository", values)


def replace_settings(path: Path, text: str) -> Settings:
    """Put a whole text in the place of the settings: those of a computer that was lost."""
    settings = parse(text, path)
    edit(path, lambda _text, _here: (text, settings))
    return settings


def add_source(path: Path, source: SourceSettings) -> None:
    """Add a source behind the others."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        if find(source.name, [each.name for each in settings.sources]) is not None:
            raise WrongUsage("settings-source-taken", name=source.name)
        text = surgery.append_table(text, "sources", _source_values(source))
        return text, replace(settings, sources=(*settings.sources, source))

    edit(path, change)


def set_exclude(path: Path, name: str, patterns: Sequence[str]) -> None:
    """Give a source other patterns of what is left out; what its bot's kind leaves out stays."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.sources]
        number = find(name, names)
        if number is None:
            raise no_source(name, names)
        changed = replace(settings.sources[number], exclude=tuple(patterns))
        sources = (*settings.sources[:number], changed, *settings.sources[number + 1 :])
        text = surgery.change_table(text, "sources", number, {"exclude": list(patterns)})
        return text, replace(settings, sources=sources)

    edit(path, change)


def remove_source(path: Path, name: str) -> None:
    """Take a source out, by its name in upper or lower case. What it holds is not touched."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.sources]
        number = find(name, names)
        if number is None:
            raise no_source(name, names)
        left = settings.sources[:number] + settings.sources[number + 1 :]
        return surgery.remove_table(text, "sources", number), replace(settings, sources=left)

    edit(path, change)


def add_copy(path: Path, copy: CopySettings) -> None:
    """Add a copy behind the others."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        if find(copy.name, [each.name for each in settings.copies]) is not None:
            raise WrongUsage("settings-copy-taken", name=copy.name)
        text = surgery.append_table(text, "copies", _copy_values(copy))
        return text, replace(settings, copies=(*settings.copies, copy))

    edit(path, change)


def remove_copy(path: Path, name: str) -> None:
    """Take a copy out, by its name in upper or lower case. What lies at its place stays."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.copies]
        number = find(name, names)
        if number is None:
            raise no_copy(name, names)
        left = settings.copies[:number] + settings.copies[number + 1 :]
        return surgery.remove_table(text, "copies", number), replace(settings, copies=left)

    edit(path, change)


def change_copy(path: Path, name: str, **changes: object) -> None:
    """Say some things about a copy anew: fields of `CopySettings`. Raises `WrongUsage`."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.copies]
        number = find(name, names)
        if number is None:
            raise WrongUsage("copy-unknown", name=name, known=", ".join(names) or "–")
        copy = replace(settings.copies[number], **changes)
        written = {each: getattr(copy, each) for each in changes}
        text = surgery.change_table(text, "copies", number, written)
        copies = (*settings.copies[:number], copy, *settings.copies[number + 1 :])
        return text, replace(settings, copies=copies)

    edit(path, change)


def add_exchange(path: Path, exchange: ExchangeSettings) -> None:
    """Add an exchange account behind the others."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        if find(exchange.name, [each.name for each in settings.exchanges]) is not None:
            raise WrongUsage("exchange-taken", name=exchange.name)
        text = surgery.append_table(text, "exchanges", _exchange_values(exchange))
        return text, replace(settings, exchanges=(*settings.exchanges, exchange))

    edit(path, change)


def remove_exchange(path: Path, name: str) -> None:
    """Take an exchange account out, by its name in upper or lower case. Its archive stays."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.exchanges]
        number = find(name, names)
        if number is None:
            raise no_account(name, names)
        left = settings.exchanges[:number] + settings.exchanges[number + 1 :]
        return surgery.remove_table(text, "exchanges", number), replace(settings, exchanges=left)

    edit(path, change)


def add_candles(path: Path, chosen: CandleSettings) -> None:
    """Add a set of candles behind the others."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        if find(chosen.name, [each.name for each in settings.candles]) is not None:
            raise WrongUsage("candles-taken", name=chosen.name)
        values = {name: getattr(chosen, name) for name in chosen.__struct_fields__}
        text = surgery.append_table(text, "candles", values)
        return text, replace(settings, candles=(*settings.candles, chosen))

    edit(path, change)


def remove_candles(path: Path, name: str) -> None:
    """Take a set of candles out, by its name in upper or lower case. Its files stay."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        names = [each.name for each in settings.candles]
        number = find(name, names)
        if number is None:
            raise no_candles(name, names)
        left = settings.candles[:number] + settings.candles[number + 1 :]
        return surgery.remove_table(text, "candles", number), replace(settings, candles=left)

    edit(path, change)


def set_secrets_in_backup(path: Path, wish: bool) -> None:  # noqa: FBT001  # it is the value
    """Note the user's choice whether secrets of accounts go into snapshots."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        text = surgery.set_table(text, "secrets", {"in_backup": wish})
        return text, replace(settings, secrets_in_backup=wish)

    edit(path, change)


def set_schedule(path: Path, schedule: ScheduleSettings) -> None:
    """Say when backups begin by themselves."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        text = surgery.set_table(text, "schedule", _schedule_values(schedule))
        return text, replace(settings, schedule=schedule)

    edit(path, change)


def set_keep(path: Path, keep: KeepSettings) -> None:
    """Say which snapshots are kept."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        text = surgery.set_table(text, "keep", structs.asdict(keep))
        return text, replace(settings, keep=keep)

    edit(path, change)


def set_window(path: Path, window: WindowSettings) -> None:
    """Say how the window is wanted."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        values = {"language": window.language, "appearance": window.appearance.value}
        text = surgery.set_table(text, "window", values)
        return text, replace(settings, window=window)

    edit(path, change)


def set_dropbox(path: Path, dropbox: DropboxSettings) -> None:
    """Say which app of Dropbox signs in."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        text = surgery.set_table(text, "dropbox", structs.asdict(dropbox))
        return text, replace(settings, dropbox=dropbox)

    edit(path, change)


def set_power(path: Path, power: PowerSettings) -> None:
    """Say when scheduled runs wait for power or another network."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        values = {**structs.asdict(power), "metered": power.metered.value}
        text = surgery.set_table(text, "power", values)
        return text, replace(settings, power=power)

    edit(path, change)


def _schedule_values(schedule: ScheduleSettings) -> surgery.Values:
    return {
        "kind": schedule.kind.value,
        "minutes": schedule.minutes,
        "times": list(schedule.times),
        "weekdays": list(schedule.weekdays),
        "cron": schedule.cron,
        "at_start": schedule.at_start,
        "on_drive": schedule.on_drive,
    }


def find(name: str, names: list[str]) -> int | None:
    """Where a name stands among others, upper or lower case; None if nowhere."""
    folded = [each.casefold() for each in names]
    return folded.index(name.casefold()) if name.casefold() in folded else None


def _repository_values(repository: RepositorySettings) -> surgery.Values:
    usual = RepositorySettings(repository.path, repository.id, repository.device_key)
    ours = structs.asdict(repository)
    where: dict[str, str | bool | int] = {}
    if repository.path is not None:
        where["path"] = str(repository.path)
    where |= {k: v for k, v in ours.items() if k != "path" and v != getattr(usual, k)}
    return {**where, "id": repository.id, "device_key": repository.device_key}


def _source_values(source: SourceSettings) -> surgery.Values:
    values: dict[str, str | bool | list[str]] = {"name": source.name, "kind": source.kind.value}
    if source.bot is not None:
        values["bot"] = source.bot
    values["path"] = str(source.path)
    if source.exclude:
        values["exclude"] = list(source.exclude)
    if not source.exclude_caches:
        values["exclude_caches"] = False
    if source.leave_out:
        values["leave_out"] = list(source.leave_out)
    return values


def _exchange_values(account: ExchangeSettings) -> surgery.Values:
    values: dict[str, surgery.Value] = {"name": account.name, "exchange": account.exchange}
    if account.environment is not Environment.LIVE:
        values["environment"] = account.environment.value
    if account.since is not None:
        values["since"] = account.since
    if account.options:
        values["options"] = account.options
    if account.share is not None:
        values["share"] = account.share
    if account.sample_minutes is not None:
        values["sample_minutes"] = account.sample_minutes
    return values


def _copy_values(copy: CopySettings) -> surgery.Values:
    """What is as usual is not written."""
    usual = CopySettings("", "", "", "")
    values = structs.asdict(copy)
    return {name: each for name, each in values.items() if each != getattr(usual, name)}


def edit(path: Path, change: Change) -> None:
    """Make a change, as the functions of this module do."""
    with _locked(path):
        raw = read_raw(path)
        old = decode(raw, path) if raw is not None else ""
        settings = parse(old, path)
        new, expected = change(surgery.with_version(old), settings)
        data = _checked(new, path, expected)
        if raw is not None:
            write_atomic(path.with_name(f"{path.name}.bak"), raw)
        mark = _MARK if raw is not None and raw.startswith(_MARK) else b""
        write_atomic(Path(os.path.realpath(path)), mark + data)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the edit lock; what the system refuses becomes a sentence."""
    try:
        private_folder(path.parent)
        with edit_lock(path):
            _clear_leftovers(path)
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("settings-unwritable", path=str(path), reason=reason) from error


def _clear_leftovers(path: Path) -> None:
    """Remove what writes that were killed left behind; nobody else writes now."""
    for leftover in path.parent.glob(f"{path.name}*-tmp-*"):
        leftover.unlink(missing_ok=True)


def _checked(text: str, path: Path, expected: Settings) -> bytes:
    """The bytes of a text that says what is expected; refuses what settings cannot hold."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:  # a path whose bytes are not UTF-8
        line = text.splitlines()[text.count("\n", 0, error.start)]
        raise WrongUsage("settings-not-text", found=ascii(line)) from error
    try:
        written = parse(text, path)
    except BrokenSettings as error:
        first = error.mistakes[0]
        raise WrongUsage(
            "settings-unfit", key=first.key, found=first.found, right=first.right
        ) from error
    if written != expected:
        raise ValueError("the changed settings do not read as they were meant")
    return data
