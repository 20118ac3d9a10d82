"""Sentences about runs: backup, sync, verify, restore, and the command line. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "cancelled": Sentence(
        "Stopped.", "What was saved until then is kept; the next run continues there."
    ),
    "ended-by-system": Sentence(
        "Stopped, because the computer or the session was shut down.",
        "What was saved until then is kept; the next run continues there.",
    ),
    "our-bug": Sentence(
        "Tradekeep made a mistake of its own ({kind}).",
        "Nothing that was saved before is affected. Run: tradekeep doctor — and report both.",
    ),
    "run-killed": Sentence(
        "The run ended without a word: it was killed, or the computer was switched off.",
        "Older snapshots are safe. The next run continues with what was saved.",
    ),
    "device-key-missing": Sentence(
        "The key of this computer is not in the keyring.",
        "The recovery key opens the repository as well: put it into a file and give "
        "--password-file FILE.",
    ),
    "history-unwritable": Sentence(
        "The history of runs in {path} cannot be written: {reason}.",
        "The run itself went on; it is not among the last runs. Make room there, or check the "
        "folder's permissions.",
    ),
    "own-folder-unwritable": Sentence(
        "Tradekeep needs a folder for temporary files, and cannot make {path}: {reason}.",
        "Check the permissions and the free space there, or name another folder for its own files: "
        "TRADEKEEP_HOME.",
    ),
    "run-no-such": Sentence(
        "There is no run {run}.", "The runs and their ids are shown by: tradekeep runs"
    ),
    "run-not-one": Sentence("More than one run begins with {run}.", "Give more of its id."),
    "waiting-for-power": Sentence(
        "Waiting for power: the battery is at {percent} %.",
        "It starts by itself at {enough} % or when you plug the computer in.",
    ),
    "waiting-for-network": Sentence(
        "Waiting for a network: the repository lies behind it.",
        "The backup begins by itself on a network that is not paid by use. “Back up now” does not "
        "wait.",
    ),
    "network-not-up": Sentence(
        "There was no network, so exchanges were not asked.",
        "Everything else was saved. They are asked as soon as there is a network.",
    ),
    "metered-network": Sentence(
        "Exchanges wait for another network: this one is paid by use.",
    ),
    "schedule-busy": Sentence(
        "Another Tradekeep on this computer is looking at what is due.",
        "It starts what is due itself. If it does not end, close it and try again.",
    ),
    "problem-no-such": Sentence(
        "There is no problem {key} now.", "List them with: tradekeep problem list"
    ),
    "problem-not-acceptable": Sentence(
        "{key} is no problem that the last backup met.",
        "Only those can be accepted. List them with: tradekeep problem list",
    ),
    "problem-why-missing": Sentence(
        "Accepting a problem takes a reason.", "One line is enough: it is kept with the run."
    ),
    "pause-unwritable": Sentence(
        "The pause cannot be noted in {path}: {reason}.",
        "Check the permissions and the free space there.",
    ),
    "schedule-unreadable": Sentence(
        "“{text}” is no time for a backup.",
        "Give times as 18:00, days as mon or fri, or five cron fields with a time that comes.",
    ),
    "time-unreadable": Sentence("“{text}” is no moment.", "Write it as 2026-11-26T15:30."),
    "time-past": Sentence("{text} is over already.", "Give a moment that lies ahead."),
    "timer-unwritable": Sentence(
        "{path} cannot be written: {reason}.", "Check the permissions of that folder."
    ),
    "timer-no-program": Sentence(
        "This computer has no {program}.",
        "Let something else run this every few minutes, cron for example: "
        "tradekeep backup --if-due",
    ),
    "timer-refused": Sentence(
        "The system did not take the timer: {reason}.",
        "What was tried: {command}. Without it, cron can run every few minutes: "
        "tradekeep backup --if-due",
    ),
    "timer-not-stopped": Sentence(
        "The timer's files are gone, but the system has not confirmed that it stopped.",
        "{reason} It ends at the latest when you log out.",
    ),
    "no-screen": Sentence(
        "There is no screen here to open the window on.",
        "Everything works on the command line, too. Begin with: tradekeep --help",
    ),
    "qt-missing": Sentence(
        "The window cannot be opened: {reason}",
        "A library of the system is missing. In a checkout, python3 packaging/bootstrap.py setup "
        "installs it. Everything works on the command line, too: tradekeep --help",
    ),
    "doctor-clock-behind": Sentence(
        "This computer's clock was put back: the newest run began at {time}, which lies ahead.",
        "Let the system set the clock by itself. It tells what is due, and how old a copy is.",
    ),
    "doctor-folder-open": Sentence(
        "Others on this computer can look into {path}.",
        "The history of your accounts lies there. Take their rights away: chmod 700 {path}",
    ),
    "doctor-overdue": Sentence(
        "Backups are overdue since {since}.",
        "Start one: tradekeep backup. Its words say what is in the way.",
    ),
    "doctor-nothing-starts": Sentence(
        "Backups are overdue since {since}, and nothing starts them.",
        "Let Tradekeep start when you log in (Settings), or install a timer: "
        "tradekeep service install",
    ),
    "room-low": Sentence(
        "Only {free} are free at {place}.", "Make room there before the next backups need it."
    ),
}
