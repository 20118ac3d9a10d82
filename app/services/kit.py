"""What stands on the recovery kit: the paper that opens the backups when the computer is gone.

Pure: it is given everything, draws nothing and knows no Qt. Whoever finds the paper can open every
copy, and whoever loses it together with this computer cannot; so it says both.

The QR code holds, in its alphanumeric mode (all upper case):

    TRADEKEEP:1:<id of the repository, 64 hexadecimal digits>:<recovery key with its hyphens>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import AppError
from app.messages import _
from app.repository.recovery_key import parse
from app.secret import Secret

QR_VERSION = 1
_HINT = 8  # digits of a key's id that name it


@dataclass(frozen=True, slots=True)
class KitCopy:
    """A place that the kit opens."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything that a kit says. `key` opens the key file `key_id` of the repository with the id
    `repository_id` of `machine`, which lies at `place`: there, if it `is_local`."""

    key: Secret
    key_id: str
    repository_id: str
    place: str
    machine: str
    made: datetime
    copies: tuple[KitCopy, ...] = ()
    is_local: bool = True

    @property
    def hint(self) -> str:
        """What restic's `--key-hint` takes."""
        return self.key_id[:_HINT]


@dataclass(frozen=True, slots=True)
class Part:
    """A section: a title, sentences or (`in_order`) steps, and a command to type."""

    title: str
    steps: tuple[str, ...] = ()
    in_order: bool = False
    command: str = ""
    after: str = ""


def groups(kit: Kit) -> list[Secret]:
    """The recovery key's groups of four."""
    return [Secret(group) for group in kit.key.reveal().split("-")]


def parts(kit: Kit) -> list[Part]:
    """What to do with the key, in the order in which one needs it."""
    return [_with_tradekeep(), _with_restic(kit), _keep(kit)]


def _with_tradekeep() -> Part:
    steps = (
        _("Install Tradekeep on a computer that you trust."),
        _("Open it and choose “I have a backup already”."),
        _("Name the drive or folder with a copy, and type the key above."),
        _("Choose a snapshot, what of it to restore, and where to."),
    )
    return Part(_("To restore with Tradekeep"), steps, in_order=True)


def _with_restic(kit: Kit) -> Part:
    steps = (
        _("Every copy is an ordinary repository of restic (restic.net), version 0.14 or newer."),
        _("The key above is its password: nine groups, capital letters, a hyphen between each."),
    )
    command = f"restic -r PLACE --key-hint {kit.hint} restore latest --target FOLDER"
    after = _("PLACE is the folder of a copy, FOLDER where the files are to go.")
    return Part(_("To restore without Tradekeep"), steps, command=command, after=after)


def _keep(kit: Kit) -> Part:
    login = _("The repository's place asks for its own key or password: keep that elsewhere, too.")
    steps = (
        _("Keep this paper away from the computer and from the drives with copies."),
        _("Whoever has this paper and a copy can read everything. Tell nobody the key."),
        _("Without this paper and without the computer, nobody can open the backups."),
        _("Type it twice a year to know that it still works: tradekeep key prove"),
    )
    return Part(_("To keep it safe"), steps if kit.is_local else (*steps, login))


def places(kit: Kit) -> list[KitCopy]:
    """Where backups lie that this kit opens: the repository, then its copies."""
    here = _("This computer, {machine}").format(machine=kit.machine)
    own = KitCopy(here if kit.is_local else _("Repository"), kit.place)
    return [own, *kit.copies]


def qr_text(kit: Kit) -> Secret:
    """What the QR code holds; see the module."""
    fields = ("TRADEKEEP", str(QR_VERSION), kit.repository_id.upper(), kit.key.reveal())
    return Secret(":".join(fields))


@dataclass(frozen=True, slots=True)
class QrKey:
    """What a QR code says."""

    repository_id: str
    key: Secret


def read_qr(text: Secret) -> QrKey | None:
    """What `qr_text` has written; None for another code. Raises `AppError` where it is a kit's and
    not of this version, or its key is not right."""
    head, *fields = text.reveal().strip().upper().split(":")
    if head != "TRADEKEEP":
        return None
    if len(fields) != 3 or fields[0] != str(QR_VERSION):
        raise AppError("key-image-version")
    return QrKey(fields[1].lower(), parse(fields[2]))


def qr_modules(kit: Kit) -> Sequence[bytearray]:
    """The QR code as rows of modules, 1 for dark, without the quiet zone (4 modules)."""
    import segno  # only for whoever prints a kit

    code = segno.make_qr(qr_text(kit).reveal(), error="m", mode="alphanumeric")
    return list(code.matrix)
