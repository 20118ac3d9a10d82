"""What a printed kit names, and when it is out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.home import Home
from app.services.kit_record import Record, load, note, outdated
from app.settings.model import CopySettings, RepositorySettings, Settings
from app.settings.reading import parse

KEY, OTHER = "a" * 64, "b" * 64
USB = CopySettings("KEEP-1", "drive", "/media/me/KEEP-1", "1" * 16)
CLOUD = CopySettings("Dropbox", "dropbox", "dropbox:/tradekeep", "2" * 16)
RECORD = Record("f" * 64, KEY, "2026-11-26T10:00:00Z", {"KEEP-1": USB.address})


def settings(*copies: CopySettings, repository: str = "f" * 64) -> Settings:
    own = RepositorySettings(path=Path("/r"), id=repository, device_key="c" * 64)
    return Settings(repository=own, copies=copies)


def reasons(record: Record | None, wanted: Settings, *keys: str) -> list[tuple[str, object]]:
    found = outdated(record, wanted, keys)
    return [(each.message_id, each.params.get("names")) for each in found]


def test_a_kit_that_names_all_is_not_out_of_date_nor_is_one_that_nobody_noted() -> None:
    assert reasons(RECORD, settings(USB), KEY, OTHER) == []
    assert reasons(None, settings(USB, CLOUD), KEY) == []
    assert reasons(RECORD, settings(USB, CLOUD, repository="e" * 64), OTHER) == []


@pytest.mark.parametrize(
    ("copies", "keys", "wanted"),
    [
        ((USB, CLOUD), (KEY,), [("kit-outdated-lacks", "Dropbox")]),
        ((), (KEY,), [("kit-outdated-gone", "KEEP-1")]),
        ((USB,), (OTHER,), [("kit-outdated-key", None)]),
        ((USB,), (), []),  # the repository is away: nobody knows
        (
            (CopySettings("KEEP-1", "drive", "/media/me/elsewhere", "1" * 16),),
            (KEY,),
            [("kit-outdated-lacks", "KEEP-1")],
        ),
    ],
)
def test_it_is_out_of_date_once_its_key_or_its_copies_are_others(
    copies: tuple[CopySettings, ...], keys: tuple[str, ...], wanted: list[tuple[str, object]]
) -> None:
    assert reasons(RECORD, settings(*copies), *keys) == wanted


def test_what_was_noted_is_there_at_the_next_start(tmp_path: Path) -> None:
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    home.paths.settings_file.parent.mkdir(parents=True)
    text = f'version = 1\n[repository]\npath = "/r"\nid = "{"f" * 64}"\ndevice_key = "{"c" * 64}"\n'
    text += f'[[copies]]\nname = "KEEP-1"\nkind = "drive"\naddress = "/k"\nid = "{"1" * 16}"\n'
    home.paths.settings_file.write_text(text)
    assert parse(text, home.paths.settings_file).copies
    assert load(home) is None
    made = note(home, KEY)
    assert load(home) == made
    assert (made.key, made.copies) == (KEY, {"KEEP-1": "/k"})
    assert outdated(made, home.settings, [KEY]) == []
    file = home.paths.proofs_file.with_name("printed-kit.json")
    file.write_bytes(b"{")
    assert load(home) is None
