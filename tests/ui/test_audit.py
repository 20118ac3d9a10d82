"""The report as a person reads it: what stands on its pages, and that they are drawn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from app.messages.language import ENGLISH, speak
from app.ui.audit import audit_pdf
from app.ui.audit_facts import read_audit, summary
from app.ui.audit_html import audit_html
from app.ui.printing import lacks_characters, paper_font

TIME = "2026-03-{:02}T06:00:00Z"
AWAY = {"id": "copy-away", "params": {"name": "KEEP-1", "place": "/media/KEEP-1"}}


def run(day: int, job: str = "backup", outcome: str = "ok", **more: object) -> dict[str, object]:
    return {"run": f"{day:016x}", "job": job, "started": TIME.format(day), "seconds": 41.9,
            "outcome": outcome, **more}  # fmt: skip


def report(**more: object) -> dict[str, object]:
    gap = {"account": "主账户", "stream": "fills", "markets": [f"C{n}USDT" for n in range(9)],
           "start": TIME.format(4), "stop": TIME.format(5), "state": "expired"}  # fmt: skip
    chain = {"whole": True, "rows": 12334, "bytes": 48_000_000,
             "heads": [{"origin": "Dropbox 3f2a91bc", "count": 12331}]}  # fmt: skip
    return {
        "made": TIME.format(20), "since": TIME.format(1), "until": TIME.format(20),
        "machine": "desk <1>",
        "runs": [run(1), run(2, outcome="problems", problems=[AWAY]), run(3, "drill"),
                 run(5, outcome="problems", problems=[AWAY]), run(6, outcome="failed", error=AWAY)],
        "copies": [{"name": "KEEP-1", "verified": TIME.format(9), "off_site": True}],
        "archive": {"series": [{"account": "主账户", "stream": "fills", "state": "partial"}],
                    "gaps": [gap], "chain": chain,
                    "reconciled": {"agrees": False, "found": ["0.4 USDT are missing."]}},
        **more,
    }  # fmt: skip


def written(folder: Path, **more: object) -> Path:
    (folder / "report.json").write_text(json.dumps(report(**more)), encoding="utf-8")
    return folder


def test_the_first_page_says_it_all() -> None:
    told = dict(summary(read_audit(json.dumps(report()).encode())))
    assert told["Backups"] == (
        "4 backups. 2 with problems. 1 failed. The last good one on 5 Mar 2026."
    )
    assert told["Practised restores"] == "1 practised restore. All without a finding."
    assert told["Copies"] == "1 copy: 1 verified, 0 restored from, 1 at another place"
    assert told["Recovery key"] == "It was never typed to see that it opens the backups."
    assert told["Exchanges"].endswith("1 gap in this time: it is named below.")
    assert told["Evidence"].startswith("All 12,334 answers of exchanges are as they were received")
    assert "does not agree" in told["Agreement"]


def test_a_broken_chain_is_not_called_whole() -> None:
    archive = {"chain": {"whole": False, "found": ["Answer 5 in the archive is not what it was."]}}
    audit = read_audit(json.dumps(report(archive=archive)).encode())
    assert dict(summary(audit))["Evidence"].startswith("The evidence is not what it was")
    assert "Answer 5 in the archive" in audit_html(audit)


def test_a_locked_year_stands_with_its_key_its_hash_and_what_they_do_not_show() -> None:
    year = {"label": "2025", "lock": 2, "public_key": "ab" * 32, "sha256": "cd" * 32,
            "checked": TIME.format(2), "added": 3}  # fmt: skip
    audit = read_audit(json.dumps(report(years=[year])).encode())
    html = audit_html(audit)
    assert dict(summary(audit))["Locked years"] == (
        "2025: Since it was locked: 3 rows added, 0 changed, 0 gone."
    )
    for told in ("ab" * 32, "cd" * 32, "does not bind you against yourself", "lock 2"):
        assert told in html


def test_every_problem_stands_once_with_how_often_it_came() -> None:
    html = audit_html(read_audit(json.dumps(report()).encode()))
    assert html.count("The copy KEEP-1 is away") == 1
    assert "3 times, from 2026-03-02 06:00 to 2026-03-06 06:00" in html
    for told in ("desk &lt;1&gt;", "the exchange had forgotten it", "C5USDT and 3 more",
                 "0.4 USDT are missing.", "Dropbox 3f2a91bc: 12,331"):  # fmt: skip
        assert told in html


def test_a_chinese_report_has_chinese_signs_and_names(in_chinese: None) -> None:
    audit = read_audit(json.dumps(report()).encode())
    told = dict(summary(audit))
    assert "4 次备份。2 次有问题。1 次失败。" in told["备份"]
    assert ", " not in "".join(told.values())
    assert "。 " not in "".join(told.values())
    html = audit_html(audit)
    assert ">成交<" in html
    assert "Dropbox 3f2a91bc：12,331" in html


@pytest.fixture
def in_chinese() -> Iterator[None]:
    speak(lambda: "zh_CN", lambda: Path(__file__).parents[2] / "resources" / "translations")
    yield
    speak(lambda: ENGLISH, Path)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_a_page_that_says_it_all_comes_first_and_all_are_numbered(
    qapp: QApplication, tmp_path: Path
) -> None:
    runs = [run(1 + n % 19, "drill") for n in range(120)]
    content, _html = audit_pdf(written(tmp_path, runs=runs), QFont())
    command = ["pdftotext", "-layout", "-", "-"]
    said = subprocess.run(command, input=content, capture_output=True, check=True, timeout=60)
    pages = said.stdout.decode().split("\f")[:-1]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    assert "Backups" in pages[0]
    assert "What was done" not in pages[0]


@pytest.mark.skipif(not shutil.which("pdffonts"), reason="poppler-utils is not installed")
def test_chinese_brings_a_font_that_has_it(qapp: QApplication, tmp_path: Path) -> None:
    if not paper_font(QFont()).families()[1:]:
        pytest.skip("no font with Chinese characters is installed")

    def fonts(**more: object) -> set[str]:
        content, _html = audit_pdf(written(tmp_path, **more), QFont())
        said = subprocess.run(["pdffonts", "-"], input=content, capture_output=True, timeout=60)
        return {line.split()[0] for line in said.stdout.decode().splitlines()[2:]}

    assert fonts() - fonts(archive=None)


def test_empty_boxes_are_told_where_no_font_has_chinese(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFontDatabase, "families", lambda *_system: [])
    assert lacks_characters("主账户")
    assert not lacks_characters("main, Zürich")
    monkeypatch.setattr(QFontDatabase, "families", lambda *_system: ["Noto Sans CJK SC"])
    assert not lacks_characters("主账户")


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "report.pdf").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "app", "--print-report", str(folder)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"{folder / 'report.pdf'} could not be written: ")
