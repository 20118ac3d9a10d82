"""The choices of a policy are those of stock restic: random policies over random snapshots."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.keys import KdfCost
from app.repository.pack import BlobKind
from app.repository.policy import GroupBy, Policy, decide
from app.repository.repository import NewKey, Repository, create_repository
from app.repository.snapshot import SnapshotFile
from app.repository.span import Span, parse_span
from app.repository.tree import encode_tree
from app.secret import Secret
from tests.repository.support import cheap_config, save_blobs

pytestmark = pytest.mark.interop
POLICIES = int(os.environ.get("TRADEKEEP_POLICIES", "100"))
_BATCHES = 4
_OFFSETS = ("Z", "+05:30", "-08:00", "+14:00", "-11:00")
# Also where the clocks go back half an hour, and where a whole day was skipped.
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
_COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_SPANS = ("within", *(f"within_{name}" for name in _COUNTS[1:]))
_GROUPS = ("host,paths", "host", "paths", "tags", "host,paths,tags", "")

# A group, the time of a kept snapshot, and why it is kept.
Kept = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def _new_repository(
    tmp_path_factory: pytest.TempPathFactory, files: Iterable[dict[str, object]]
) -> Repository:
    place = tmp_path_factory.mktemp("retention") / "repository"
    keys = [NewKey(Secret("x"), KdfCost(n=2, r=1))]
    made = create_repository(LocalBackend(place), keys, config=cheap_config())[0]
    (tree,) = save_blobs(made, BlobKind.TREE, encode_tree([]))
    for file in files:
        content = {"paths": ["/bots"], "hostname": "desk", **file}
        made.save_snapshot(SnapshotFile(tree=tree.hex(), **content))  # type: ignore[arg-type]
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """More than a hundred snapshots of a few machines over some years, in several zones."""
    chance = random.Random(20261124)
    now = datetime.now(UTC).replace(microsecond=0)
    files: list[dict[str, object]] = [
        {
            "time": time,
            "paths": chance.choice((["/bots"], ["/bots", "/charts"], ["/charts", "/bots"])),
            "hostname": chance.choice(("desk", "laptop")),
            "tags": chance.choice((None, ["a"], ["a", "b"], ["b", "a"], ["keeper"])),
        }
        for time in _times(chance, now)
    ]
    # Several of one second; restic picks any of them, so they are alike but for their ids.
    files += [file for file in files[::15] for _ in range(2)]
    # A machine whose clock is ahead: nothing of it lies in the past.
    for days in (1, 2, 90):
        files.append({"time": _written(now + timedelta(days=days), "Z"), "hostname": "ahead"})
    return _new_repository(tmp_path_factory, files)


def _times(chance: random.Random, now: datetime) -> list[str]:
    """Dense now, sparse long ago; around changes of day, year, week and of summer time; ahead."""
    found = {now - timedelta(minutes=chance.randrange(1, 3 * 365 * 24 * 60)) for _ in range(45)}
    found |= {now - timedelta(minutes=17 * number) for number in range(1, 25)}
    for year in (2024, 2025, 2026):
        found |= {datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in (-14, -1, 0, 5)}
    for change in (datetime(2025, 10, 26, 1, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)):
        found |= {change + timedelta(minutes=30 * number) for number in range(-3, 4)}
    found |= {now - timedelta(days=2, microseconds=micro) for micro in (0, 1, 2)}
    found.add(now + timedelta(days=3))
    return [_written(moment, chance.choice((*_OFFSETS, *_ZONES[1:]))) for moment in sorted(found)]


def _written(moment: datetime, zone: str) -> str:
    """A time as a machine in a zone writes it: a zone's name, or an offset as it stands there."""
    if zone == "Z":
        return moment.isoformat().replace("+00:00", "Z")
    if zone[0] not in "+-":
        return moment.astimezone(ZoneInfo(zone)).isoformat()
    sign = 1 if zone[0] == "+" else -1
    offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return (moment + offset).isoformat().removesuffix("+00:00") + zone


def _random_policy(chance: random.Random) -> tuple[Policy, list[str]]:
    fields: dict[str, object] = {}
    options = []
    for name in chance.sample(_COUNTS, chance.randrange(0, 4)):
        fields[name] = chance.randrange(1, 9)
        options += [f"--keep-{name}", str(fields[name])]
    for name in chance.sample(_SPANS, chance.randrange(0 if fields else 1, 3)):
        span = Span(
            chance.randrange(3), chance.randrange(14), chance.randrange(40), chance.randrange(30)
        )
        if span:
            fields[name] = span
            options += [f"--keep-{name.replace('_', '-')}", str(span)]
    if chance.random() < 0.3 or not fields:
        tags = chance.choice(("a", "a,b", "b,a", "keeper", "", ",a", "a,"))
        fields["tags"] = (tuple(tags.split(",")),)
        options += ["--keep-tag", tags]
    return Policy(**fields), options  # type: ignore[arg-type]


def _theirs(place: str, options: list[str], *, by: str, zone: str) -> Counter[Kept]:
    """What stock restic keeps, with its reasons."""
    program = shutil.which("restic")
    assert program, "stock restic is the judge of these tests: apt-get install restic"
    command = [program, "-r", place, "--no-cache", "--no-lock", "forget", "--dry-run", "--json"]
    done = subprocess.run(
        [*command, "--group-by", by, *options],
        env={**os.environ, "RESTIC_PASSWORD": "x", "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    return Counter(
        (group["host"] or "", kept["time"], tuple(sorted(kept["paths"])), tuple(reason["matches"]))
        for group in json.loads(done.stdout.splitlines()[0])
        for kept, reason in zip(group["keep"] or (), group["reasons"] or (), strict=True)
    )


def _ours(repository: Repository, policy: Policy, *, by: str, zone: str) -> Counter[Kept]:
    kinds = frozenset(GroupBy(name) for name in by.split(",") if name)
    found = repository.snapshots(Recorder())
    return Counter(
        (group.key[0], each.snapshot.file.time, tuple(sorted(each.snapshot.paths)), each.reasons)
        for group in decide(policy, found, by=kinds, zone=ZoneInfo(zone))
        for each in group.decisions
        if each.keep
    )


@pytest.mark.parametrize("seed", range(_BATCHES))
def test_random_policies_keep_what_restic_keeps_and_say_why(
    repository: Repository, seed: int
) -> None:
    chance = random.Random(seed)
    assert len(repository.snapshots(Recorder())) >= 100
    for _ in range(POLICIES // _BATCHES):
        policy, options = _random_policy(chance)
        by, zone = chance.choice(_GROUPS), chance.choice(_ZONES)
        ours = _ours(repository, policy, by=by, zone=zone)
        theirs = _theirs(repository.backend.place, options, by=by, zone=zone)
        assert ours == theirs, (options, by, zone)


@pytest.mark.parametrize("zone", _ZONES[1:])
def test_within_counts_over_a_change_of_summer_time_as_restic_does(
    tmp_path_factory: pytest.TempPathFactory, zone: str
) -> None:
    """A machine in this zone wrote a snapshot every half hour around where "within" ends."""
    changes = {
        "Europe/Berlin": datetime(2026, 3, 29, 1, tzinfo=UTC),
        "America/New_York": datetime(2025, 11, 2, 6, tzinfo=UTC),
        "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
        "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    }
    chance = random.Random(zone)
    for _ in range(3):
        span = Span(days=chance.randrange(1, 4), hours=chance.randrange(4))
        newest = changes[zone] + timedelta(days=span.days, minutes=chance.randrange(-120, 121, 30))
        end = newest - timedelta(days=span.days, hours=span.hours)
        moments = [newest, *(end + timedelta(minutes=15 * number) for number in range(-6, 7))]
        made = _new_repository(
            tmp_path_factory, [{"time": _written(moment, zone)} for moment in moments]
        )
        options = ["--keep-within", str(span), "--keep-within-hourly", "1d"]
        policy = Policy(within=span, within_hourly=Span(days=1))
        ours = _ours(made, policy, by="host", zone=zone)
        assert ours == _theirs(made.backend.place, options, by="host", zone=zone)


@pytest.mark.parametrize("text", ["1d1y", "2h1d", "1d1d", "01d", "7d", "1y2m3d4h"])
def test_lengths_of_time_mean_what_they_mean_to_restic(repository: Repository, text: str) -> None:
    policy = Policy(within=parse_span(text))
    ours = _ours(repository, policy, by="host", zone="UTC")
    theirs = _theirs(repository.backend.place, ["--keep-within", text], by="host", zone="UTC")
    assert ours == theirs
