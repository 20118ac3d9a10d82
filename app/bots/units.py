"""What starts a bot: systemd units and crontab lines that mention its folder."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.bots.reading import read_text
from app.bots.redact import command, variables
from app.redact import HIDDEN

_MOST_UNITS = 2000
_LARGEST = 256 << 10
_ASSIGNING = frozenset({"Environment", "PassEnvironment", "UnsetEnvironment"})
_STARTING = re.compile(r"Exec\w+|Condition\w+|Assert\w+|Description|Documentation")
_PLAIN = frozenset(
    {"After", "Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "Type",
     "User", "Group", "WorkingDirectory", "EnvironmentFile", "Restart", "RestartSec", "WantedBy",
     "RequiredBy", "Also", "Alias", "KillSignal", "KillMode", "TimeoutStartSec", "TimeoutStopSec",
     "TimeoutSec", "StandardOutput", "StandardError", "SyslogIdentifier", "RuntimeMaxSec", "UMask",
     "Nice", "OnCalendar", "OnBootSec", "OnUnitActiveSec", "OnStartupSec", "Persistent", "Unit",
     "RandomizedDelaySec", "AccuracySec", "RemainAfterExit", "PIDFile", "LimitNOFILE", "MemoryMax",
     "CPUQuota", "StartLimitIntervalSec", "StartLimitBurst", "ReadWritePaths", "ProtectSystem",
     "ProtectHome", "PrivateTmp", "NoNewPrivileges", "RequiresMountsFor"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Starters:
    """Where this machine says what is started: unit folders, cron tables, the user's own table."""

    unit_folders: tuple[Path, ...] = ()
    cron_tables: tuple[Path, ...] = ()
    read_crontab: Callable[[], str] = lambda: ""

    @classmethod
    def of_this_machine(cls, home: Path) -> Starters:
        folders = (Path("/etc/systemd/system"), home / ".config" / "systemd" / "user")
        tables = [Path("/etc/crontab")]
        with contextlib.suppress(OSError):
            tables += sorted(Path("/etc/cron.d").iterdir())
        return cls(folders, tuple(tables), crontab)


def crontab() -> str:
    """This user's crontab, "" if there is none; takes two seconds at most."""
    try:
        done = subprocess.run(
            ["crontab", "-l"], capture_output=True, timeout=2, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout[:_LARGEST].decode("utf-8", "replace") if done.returncode == 0 else ""


def mentions(text: str, path: Path) -> bool:
    """Whether a text names a folder or something in it (not /srv/bot2 for /srv/bot)."""
    return re.search(rf"(?<![\w/.-]){re.escape(str(path))}(?![\w.-])", text) is not None


def units_for(path: Path, folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """(path, text without secrets) of services that mention a folder, and of their timers."""
    found = {}
    for folder in folders:
        for unit in _units(folder):
            text = read_text(unit)
            if text is not None and mentions(text, path):
                found[unit] = unit_outline(text)
                timer = unit.with_suffix(".timer")
                also = read_text(timer) if unit.suffix == ".service" else None
                if also is not None:
                    found[timer] = unit_outline(also)
    return sorted(found.items())


def _units(folder: Path) -> list[Path]:
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return []
    kinds = {".service", ".timer", ".path", ".socket"}
    units = [each for each in names if each.suffix in kinds]
    for each in names:  # what `systemctl edit` adds to a unit
        if each.name.endswith(".service.d"):
            with contextlib.suppress(OSError):
                units += sorted(each.glob("*.conf"))
    return units[:_MOST_UNITS]


def unit_outline(text: str) -> str:
    """A unit's lines; of variables only the names, of keys that we do not know nothing."""
    kept = []
    for line in re.sub(r"\\\r?\n\s*", " ", text).splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            kept.append(line)
        elif line and line[0] not in "#;" and "=" in line:
            key, _, value = line.partition("=")
            kept.append(f"{key.strip()}={_unit_value(key.strip(), value.strip())}")
    return "\n".join(kept)


def _unit_value(key: str, value: str) -> str:
    if key in _ASSIGNING:
        return variables(value)
    if _STARTING.fullmatch(key):
        return command(value)
    return value if key in _PLAIN else HIDDEN


def cron_lines(path: Path, starters: Starters) -> list[str]:
    """The lines of all tables that mention a folder, without secrets, sorted."""
    texts = [starters.read_crontab(), *(read_text(each) or "" for each in starters.cron_tables)]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    wanted = [line for line in lines if not line.startswith("#") and mentions(line, path)]
    return sorted(command(line) for line in wanted)
