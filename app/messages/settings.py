"""Sentences about settings, the keyring, keys kept on this machine. See `app.messages`.

Those whose id begins with `settings-right-` are no sentences but what follows "it should be".
"""

from __future__ import annotations

from app.messages import Sentence

_SETTINGS: dict[str, Sentence] = {
    "settings-broken": Sentence(
        "The settings in {path} cannot be used as they are; places to correct: {count}.",
        "Nothing was changed. Correct them in an editor and try again:\n{mistakes}",
    ),
    "settings-wrong-value": Sentence("Line {line}: {key} is {found}; it should be {right}."),
    "settings-key-missing": Sentence("Line {line}: {key} is missing; it should be {right}."),
    "settings-key-misspelt": Sentence(
        "Line {line}: there is no setting {key}. Did you mean {right}?"
    ),
    "settings-key-unknown": Sentence("Line {line}: there is no setting {key}. There are: {right}."),
    "settings-not-toml": Sentence("Line {line}: this cannot be read as TOML: {found}."),
    "settings-not-utf8": Sentence(
        "Line {line}: the byte {found} is not UTF-8; save the file as UTF-8."
    ),
    "settings-right-version": Sentence("1"),
    "settings-right-name": Sentence(
        'a name in quotation marks, without slashes or line breaks, like "charts"'
    ),
    "settings-right-other-name": Sentence(
        "a name of its own: line {line} has it already (upper and lower case count as the same)"
    ),
    "settings-right-path": Sentence(
        'a full path in quotation marks, like "/home/me/bots" or "~/bots"'
    ),
    "settings-right-id": Sentence("the 64 digits (0–9, a–f) that Tradekeep wrote"),
    "settings-right-copy-id": Sentence("the 16 digits (0–9, a–f) that Tradekeep wrote"),
    "settings-right-source-kind": Sentence('"folder" or "bot"'),
    "settings-right-copy-kind": Sentence('"folder", "drive", "dropbox", "s3" or "webdav"'),
    "settings-right-away-kind": Sentence('"dropbox", "s3" or "webdav"'),
    "settings-right-no-path": Sentence("nothing: what lies behind a network has an address"),
    "settings-right-address": Sentence(
        'a full path in quotation marks, or an address like "https://host/x" or "dropbox:/keep"'
    ),
    "settings-right-inside": Sentence('a path below the drive, with slashes, like "backup/trade"'),
    "settings-right-alert-on": Sentence(
        'a list of "failed", "problems", "overdue", "recovered", "weekly"'
    ),
    "settings-right-word": Sentence("a word in quotation marks, without blanks at its ends"),
    "settings-right-rate": Sentence(
        "kilobytes a second, a whole number from 50 on; 0 for no limit"
    ),
    "settings-right-hours": Sentence('two times of day, like "22:00-06:00"; "" for always'),
    "settings-right-bot": Sentence('the kind of bot in quotation marks, like "freqtrade"'),
    "settings-right-no-bot": Sentence('left out, unless kind = "bot"'),
    "settings-right-patterns": Sentence(
        'a list of patterns in quotation marks, like ["*.tmp", "/cache"]'
    ),
    "settings-right-exchange": Sentence('the exchange\'s id as ccxt has it, like "binanceusdm"'),
    "settings-right-environment": Sentence('"live" or "demo"'),
    "settings-right-market": Sentence("a market as ccxt writes it: BTC/USDT, BTC/USDT:USDT"),
    "settings-right-timeframe": Sentence("a number and m, h, d or w: 5m, 1h, 1d"),
    "settings-right-date": Sentence("a date, like 2024-01-31"),
    "settings-right-options": Sentence('a table of options, like {{ hostname = "bytick.com" }}'),
    "settings-right-share": Sentence("a number above 0, up to 1"),
    "settings-right-minutes": Sentence("a whole number from 1 to 1440"),
    "settings-right-interval": Sentence("a whole number of minutes from 5 to 1440"),
    "settings-right-times": Sentence('a list of times of day, as ["12:00", "18:00"]'),
    "settings-right-weekdays": Sentence('a list of days, as ["mon", "tue", "fri"]'),
    "settings-right-cron": Sentence('five fields as in cron, as "0 */6 * * *"'),
    "settings-right-schedule-kind": Sentence("off, every, at or cron"),
    "settings-right-appearance": Sentence("auto, light or dark"),
    "language-unknown": Sentence(
        "Tradekeep does not speak “{language}”.", "It speaks: auto, {known}"
    ),
    "profile-unwritable": Sentence(
        "The profile cannot be written to {path}: {reason}.", "Choose another place."
    ),
    "profile-over-settings": Sentence(
        "{path} holds your settings, so no profile was written over it.",
        "Give the profile another name.",
    ),
    "profile-is-settings": Sentence(
        "{path} is the settings of a computer, not a profile.",
        "On that computer: tradekeep profile export --out FILE",
    ),
    "settings-right-kept": Sentence("a whole number from 0 to 10000"),
    "settings-right-span": Sentence('a length of time, as "14d" or "1y6m"'),
    "settings-right-percent": Sentence("a whole number from 0 to 100"),
    "settings-right-metered": Sentence("wait or use"),
    "settings-right-language": Sentence('"auto", "en", "de", "es" or "zh_CN"'),
    "settings-right-flag": Sentence("true or false"),
    "settings-right-table": Sentence("a table that begins with [{name}]"),
    "settings-right-tables": Sentence(
        "a table that begins with [[{name}]], in two pairs of brackets"
    ),
    "settings-too-new": Sentence(
        "The settings in {path} have version {version}; this program knows up to {known}.",
        "Install the newest Tradekeep. Nothing was changed.",
    ),
    "settings-unreadable": Sentence(
        "The settings in {path} could not be read: {reason}.",
        "Check the file and its permissions, and try again.",
    ),
    "settings-unwritable": Sentence(
        "The settings in {path} could not be written: {reason}.",
        "They are as they were. Check the folder, its permissions and the free space.",
    ),
    "settings-busy": Sentence(
        "The settings in {path} are being changed by another Tradekeep.",
        "Wait until that is done and try again. Nothing was changed.",
    ),
    "settings-unfit": Sentence(
        "The settings cannot hold this: {key} is {found}; it should be {right}.",
        "Nothing was changed.",
    ),
    "settings-not-text": Sentence(
        "The settings cannot hold this, because it is not valid text: {found}",
        "Rename the folder so that its name is UTF-8, and try again. Nothing was changed.",
    ),
    "settings-source-taken": Sentence(
        "There is already a source called {name}.",
        "Choose another name; upper and lower case count as the same.",
    ),
    "settings-source-unknown": Sentence("There is no source called {name}.", "There are: {known}."),
    "settings-copy-taken": Sentence(
        "There is already a copy called {name}.",
        "Choose another name; upper and lower case count as the same.",
    ),
}

_KEYRING: dict[str, Sentence] = {
    "keyring-locked": Sentence(
        "The system's keyring is locked, and stayed locked.",
        "Unlock it (it opens when you log in to the desktop, or with its password when it asks) "
        "and try again. For a machine that nobody logs in to, name a file with the device key: "
        "TRADEKEEP_PASSWORD_FILE.",
    ),
    "keyring-absent": Sentence(
        "There is no keyring on this system that can keep the device key ({reason}).",
        "On a desktop install gnome-keyring or KWallet and log in again. On a server name a file "
        "that shall hold the device key: TRADEKEEP_PASSWORD_FILE.",
    ),
    "keyring-unsafe": Sentence(
        "The keyring on this system does not protect what it keeps ({backend}).",
        "The device key was not given to it. Install gnome-keyring or KWallet, or name a file of "
        "your own that shall hold the device key: TRADEKEEP_PASSWORD_FILE.",
    ),
    "keyring-denied": Sentence(
        "The system's keyring refused access ({reason}).",
        "Try again, and allow it when the keyring asks. Where nobody can answer it (a server, a "
        "job at night), name a file with the device key: TRADEKEEP_PASSWORD_FILE.",
    ),
    "keyring-failed": Sentence(
        "The system's keyring answered with an error: {reason}.",
        "Log out and in again, and try once more. The recovery key opens the repository as well: "
        "--password-file FILE.",
    ),
    "keyring-empty": Sentence(
        "The keyring has an entry for this repository, but the key in it is empty.",
        "Remove that entry in the keyring's own program ({service}, {name}). "
        "The recovery key still opens the repository: --password-file FILE.",
    ),
    "keyring-mismatch": Sentence(
        "The keyring took the device key but does not give it back as it was ({backend}).",
        "The key was not used for anything. Name a file that shall hold it instead: "
        "TRADEKEEP_PASSWORD_FILE.",
    ),
    "password-file-unreadable": Sentence(
        "The password file {path} could not be read: {reason}.",
        "Check the path and the permissions.",
    ),
    "password-file-not-text": Sentence(
        "The password file {path} does not hold text.",
        "Its first line must be the password, the device key or the recovery key, in UTF-8.",
    ),
    "password-file-empty": Sentence(
        "The first line of the password file {path} is empty.",
        "It must be the password, the device key or the recovery key. For a new device key remove "
        "the empty file first.",
    ),
    "password-file-open": Sentence(
        "Other users of this computer may read or change the password file {path}.",
        "Make it yours alone: chmod 600 {path}",
    ),
    "password-file-dangling": Sentence(
        "The password file {path} is a link to a file that is not there.",
        "Restore what it leads to, or remove the link.",
    ),
    "password-file-other": Sentence(
        "The password file {path} already holds another key.",
        "It was left as it is. Name another file with TRADEKEEP_PASSWORD_FILE.",
    ),
    "password-file-unwritable": Sentence(
        "The password file {path} could not be written: {reason}.",
        "Its folder must be there and writable. No key was stored.",
    ),
    "key-needed": Sentence(
        "The repository needs a key, and none was given.",
        "Start this at a terminal and type the recovery key, or name a file whose first line is "
        "the key: --password-file FILE",
    ),
}

_SET_UP: dict[str, Sentence] = {
    "not-set-up": Sentence(
        "Tradekeep is not set up on this computer yet.",
        "Start with: tradekeep init. A repository that is elsewhere is opened with: "
        "tradekeep --repository PLACE",
    ),
    "already-set-up": Sentence(
        "Tradekeep is already set up on this computer, with the repository at {path}.",
        "Use it as it is. To look into another one: tradekeep --repository PLACE",
    ),
    "folder-not-empty": Sentence(
        "The folder {path} holds other files.",
        "Choose an empty folder, or a new one inside it.",
    ),
    "folder-is-file": Sentence("{path} is a file, not a folder.", "Choose a folder."),
    "recovery-file-exists": Sentence(
        "{path} is already there.",
        "It was not overwritten, since it may hold a key. Choose another name.",
    ),
    "recovery-file-unwritable": Sentence(
        "The recovery key could not be written to {path}: {reason}.",
        "Check the folder and its permissions. Another recovery key is made with: "
        "tradekeep key add --recovery-out FILE",
    ),
    "no-sources": Sentence(
        "There is nothing to back up yet.",
        "Find bots with: tradekeep source detect. Add a folder with: "
        "tradekeep source add folder PATH",
    ),
    "path-not-there": Sentence("There is no {path}.", "Check how it is written."),
    "place-unknown-kind": Sentence(
        "“{kind}” in {place} is no kind of place.",
        "Give a path, the name of a copy, or folder:PATH, s3:ADDRESS, webdav:ADDRESS, "
        "dropbox:FOLDER.",
    ),
    "place-names-no-bucket": Sentence(
        "{place} names no bucket.", "Write it as https://HOST/BUCKET/FOLDER"
    ),
    "place-secrets-missing": Sentence(
        "To open {place}, its secrets have to stand in the environment: {names}.",
        "On this computer, a copy that was added knows them itself: give its name.",
    ),
    "copy-secrets-missing": Sentence(
        "The secrets of the copy {name} are not on this computer.",
        "Give them again: tradekeep copy sign-in {name}",
    ),
    "copy-no-drive": Sentence(
        "{place} is on no drive of its own: it lies on the disk of this computer.",
        "Plug the drive in and choose a folder on it, or add it as a folder: "
        "tradekeep copy add folder",
    ),
    "copy-not-remote": Sentence(
        "The copy {name} needs no secrets: it is a folder.", "Nothing was changed."
    ),
    "copy-secret-needed": Sentence(
        "The secret of this place is needed, and nobody can be asked for it.",
        "Type the command in a terminal, or hand the secret over as the first line of the input "
        "with --secret-stdin.",
    ),
    "copy-not-ejected": Sentence(
        "The drive of {name} was not let go: {reason}.",
        "Close what uses it, or let the file manager eject it. Until then do not pull it out.",
    ),
    "copy-append-only": Sentence(
        "Nothing is ever removed from the copy {name}: it is append-only.",
        "If that is over: tradekeep copy set {name} --may-remove",
    ),
    "copy-not-drive": Sentence(
        "The copy {name} is no drive, so there is nothing to eject.", "Nothing was changed."
    ),
    "place-means-nothing": Sentence(
        "tradekeep {command} is about this computer; --repository means nothing to it.",
        "Leave it out. What is in another repository: tradekeep --repository PLACE snapshots",
    ),
    "place-no-such": Sentence(
        "There is no copy called {place}, and no folder {path}.",
        "Check how it is written. The copies are listed by: tradekeep copy list",
    ),
}

_COPIES: dict[str, Sentence] = {
    "copy-parent-missing": Sentence(
        "There is no folder {place} to put a copy in.",
        "If it is on a drive, plug it in; otherwise make the folder first.",
    ),
    "copy-unwritable": Sentence(
        "The folder {place} cannot be used for a copy: {reason}.",
        "Check its permissions, and that the drive is not write-protected.",
    ),
    "copy-overlaps": Sentence(
        "{place} and the repository at {repository} lie one inside the other.",
        "Choose a place apart from the repository, best on another disk.",
    ),
    "copy-place-taken": Sentence(
        "{place} is already the copy {name}.",
        "Use that one, or choose another folder.",
    ),
    "copy-unknown": Sentence("There is no copy called {name}.", "There are: {known}."),
    "no-copies": Sentence(
        "There is no copy yet.",
        "Add one, best on another disk: tradekeep copy add folder PATH --name NAME",
    ),
    "copy-away": Sentence(
        "The copy {name} is away: {place} is not there.",
        "Plug the drive in. The next backup brings the copy up to date by itself, or: "
        "tradekeep copy sync. If its folder was deleted, remove the copy and add it anew: "
        "tradekeep copy remove, tradekeep copy add",
    ),
    "copy-bare": Sentence(
        "{place} is there, but the copy {name} is not in it.",
        "Its drive is probably not mounted, so nothing was written. Mount it and try again. "
        "If the drive was erased, remove the copy and add it anew: tradekeep copy remove, "
        "tradekeep copy add",
    ),
    "copy-other": Sentence(
        "At {place} lies another copy than {name}.",
        "Nothing was written. Plug in the right drive, or add this one under a name of its own: "
        "tradekeep copy add",
    ),
}

SENTENCES: dict[str, Sentence] = {**_SETTINGS, **_KEYRING, **_SET_UP, **_COPIES}
