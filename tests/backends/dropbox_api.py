"""Dropbox's API v2 on an `AppFolder`: the routes of a repository, as strict as the real one.

What a route does not know of is refused (HTTP 400), as are bodies of the wrong kind and hashes that
do not fit. Results and errors have the shapes of Dropbox's documentation.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.backends.dropbox_account import (
    LARGEST_REQUEST,
    Answer,
    AppFolder,
    Busy,
    Cursor,
    Session,
    Version,
    content_hash,
    stamp,
)

Arg = dict[str, object]
HASH = re.compile(r"[0-9a-f]{64}")


class BadRequest(Exception):
    """HTTP 400 with text: the caller's mistake."""


# --- arguments: what is allowed, and of which kind; `!` marks what must be there ------------------

_TEXT, _FLAG, _COUNT = str, bool, int
_HASH, _MODE, _REVISIONS = "hash", "mode", "by path"
_CURSOR = {"session_id!": _TEXT, "offset!": _COUNT}
_COMMIT = {
    "path!": _TEXT,
    "mode": _MODE,
    "autorename": _FLAG,
    "mute": _FLAG,
    "strict_conflict": _FLAG,
}


def check(spec: Mapping[str, object], arg: object, where: str = "") -> Arg:
    """The argument, if it is what the route takes."""
    if not isinstance(arg, dict):
        raise BadRequest(f"{where}: expected object, got {arg!r}")
    known = {name.rstrip("!"): kind for name, kind in spec.items()}
    for name in arg:
        if name not in known:
            raise BadRequest(f"{where}: unknown field '{name}'")
    for name in spec:
        if name.endswith("!") and name[:-1] not in arg:
            raise BadRequest(f"{where}: missing required field '{name[:-1]}'")
    for name, value in arg.items():
        _check_value(known[name], value, f"{where}.{name}")
    return arg


def _check_value(kind: object, value: object, where: str) -> None:
    if isinstance(kind, Mapping):
        check(kind, value, where)
    elif isinstance(kind, list):
        if not isinstance(value, list):
            raise BadRequest(f"{where}: expected list")
        for each in value:
            check(kind[0], each, where)
    elif kind == _HASH:
        if not isinstance(value, str) or not HASH.fullmatch(value):
            raise BadRequest(f"{where}: not a content hash")
    elif kind == _MODE:
        tag = value.get(".tag") if isinstance(value, dict) else value
        if tag not in ("add", "overwrite"):
            raise BadRequest(f"{where}: unknown mode {value!r}")
    elif kind == _REVISIONS:
        if value not in ("path", {".tag": "path"}):
            raise BadRequest(f"{where}: this server knows revisions by path only")
    elif isinstance(kind, type) and type(value) is not kind:
        raise BadRequest(f"{where}: expected {kind.__name__}, got {value!r}")


def _path(arg: Arg, *, root: bool = False) -> str:
    path = arg["path"]
    assert isinstance(path, str)
    if path == "" and root:
        return path
    if not re.fullmatch(r"(/[^/\\\0]+)+", path) or {".", ".."} & set(path.split("/")):
        raise BadRequest(f"path: '{path}' did not match pattern")
    return path


def _mode(arg: Arg) -> object:
    mode = arg.get("mode", "add")
    return mode.get(".tag") if isinstance(mode, dict) else mode


# --- results -----------------------------------------------------------------------------------


def metadata(version: Version) -> Arg:
    assert version.content is not None
    return {
        "name": version.shown.rpartition("/")[2],
        "path_lower": version.shown.lower(),
        "path_display": version.shown,
        "id": f"id:{content_hash(version.shown.lower().encode())[:22]}",
        "client_modified": stamp(version.modified),
        "server_modified": stamp(version.modified),
        "rev": version.rev,
        "size": len(version.content),
        "is_downloadable": True,
        "content_hash": version.hash,
    }


def _entry(folder: AppFolder, path: str) -> Arg:
    if (version := folder.file(path)) is not None:
        return {".tag": "file", **metadata(version)}
    shown = folder.folders.get(path)
    name = {"name": path.rpartition("/")[2], "path_lower": path, "path_display": shown or path}
    if shown is None:
        return {".tag": "deleted", **name}
    return {".tag": "folder", "id": f"id:{content_hash(path.encode())[:22]}", **name}


def _listed(folder: AppFolder, cursor: Cursor) -> Arg:
    paths, after = folder.go_on(cursor)
    name = secrets.token_urlsafe(24)
    folder.cursors[name] = after
    entries = [_entry(folder, path) for path in paths]
    return {"entries": entries, "cursor": name, "has_more": bool(after.pending)}


# --- routes ------------------------------------------------------------------------------------


def _list_folder(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    path = _path(arg, root=True)
    if arg.get("recursive") is not True:
        raise BadRequest("this server lists recursively only")
    limit = arg.get("limit", 2000)
    if not isinstance(limit, int) or not 1 <= limit <= 2000:
        raise BadRequest("limit: out of range")
    deleted = arg.get("include_deleted") is True
    return _listed(folder, folder.begin_list(path, min(limit, folder.page), deleted=deleted))


def _list_on(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    cursor = folder.cursors.get(str(arg["cursor"]))
    if cursor is None:
        raise Answer("reset")
    return _listed(folder, cursor)


def _get_metadata(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    path = _path(arg)
    if path.lower() in folder.folders:
        return _entry(folder, path.lower())
    return {".tag": "file", **metadata(folder.found(path))}


def _download(folder: AppFolder, arg: Arg, _: bytes) -> Version:
    path = str(arg["path"])
    if not path.startswith("rev:"):
        return folder.found(_path(arg))
    for versions in folder.history.values():
        for version in versions:
            if version.rev == path[4:] and version.content is not None:
                return version
    raise Answer("path", "not_found")


def _fits(arg: Arg, body: bytes) -> None:
    if len(body) > LARGEST_REQUEST:
        raise Answer("payload_too_large")
    if "content_hash" in arg and arg["content_hash"] != content_hash(body):
        raise Answer("content_hash_mismatch")


def _write(folder: AppFolder, commit: Arg, content: bytes) -> Version:
    """Under the namespace's lock; a conflict makes another name, if the caller wants that."""
    path, mode = _path(commit), _mode(commit)
    try:
        return folder.write(path, content, mode)
    except Answer as answer:
        if answer.error[".tag"] != "conflict" or commit.get("autorename") is not True:
            raise
    stem, dot, suffix = path.partition(".")
    return folder.write(f"{stem} (1){dot}{suffix}", content, mode)


def _upload(folder: AppFolder, arg: Arg, body: bytes) -> Arg:
    _path(arg)
    _fits(arg, body)
    with folder.namespace():
        try:
            return metadata(_write(folder, arg, body))
        except Answer as answer:
            raise answer.within("path", "reason", upload_session_id="") from None


def _start(folder: AppFolder, arg: Arg, body: bytes) -> Arg:
    _fits(arg, body)
    session = secrets.token_urlsafe(24)
    folder.sessions[session] = Session(bytearray(body), arg.get("close") is True)
    return {"session_id": session}


def _append(folder: AppFolder, arg: Arg, body: bytes) -> None:
    _fits(arg, body)
    cursor = arg["cursor"]
    assert isinstance(cursor, dict)
    session = folder.sessions.get(cursor["session_id"])
    if session is None or session.finished:
        raise Answer("not_found")
    if session.closed:
        raise Answer("closed")
    if cursor["offset"] != len(session.data):
        raise Answer("incorrect_offset", correct_offset=len(session.data))
    session.data += body
    session.closed = arg.get("close") is True


def _finish_batch(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    entries = arg["entries"]
    assert isinstance(entries, list)
    if len(entries) > 1000:
        raise BadRequest("entries: too many")
    try:
        with folder.namespace():
            return {"entries": [_finished(folder, entry) for entry in entries]}
    except Busy as busy:
        failure = {".tag": "failure", "failure": {".tag": busy.reason}}
        return {"entries": [failure for _ in entries]}


def _finished(folder: AppFolder, entry: Arg) -> Arg:
    cursor, commit = entry["cursor"], entry["commit"]
    assert isinstance(cursor, dict) and isinstance(commit, dict)
    session = folder.sessions.get(cursor["session_id"])
    try:
        if session is None or session.finished:
            raise Answer("lookup_failed", "not_found")
        if not session.closed:
            raise Answer("lookup_failed", "not_closed")
        if cursor["offset"] != len(session.data):
            raise Answer("lookup_failed", "incorrect_offset", correct_offset=len(session.data))
        try:
            version = _write(folder, commit, bytes(session.data))
        except Answer as answer:
            raise answer.within("path") from None
    except Answer as answer:
        return {".tag": "failure", "failure": answer.error}
    session.finished, session.data = True, bytearray()
    return {".tag": "success", **metadata(version)}


def _delete(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    path = _path(arg)
    with folder.namespace():
        before = _entry(folder, path.lower())
        folder.delete(path)
        return {"metadata": before}


def _create_folder(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    path = _path(arg)
    with folder.namespace():
        if folder.file(path) is not None:
            raise Answer("path", "conflict", "file")
        if path.lower() in folder.folders:
            raise Answer("path", "conflict", "folder")
        folder.make_folder(path)
        entry = _entry(folder, path.lower())
        return {"metadata": {name: value for name, value in entry.items() if name != ".tag"}}


def _revisions(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    versions = folder.history.get(_path(arg).lower())
    if not versions:
        raise Answer("path", "not_found")
    kept = [metadata(version) for version in reversed(versions) if version.content is not None]
    limit = arg.get("limit", 10)
    assert isinstance(limit, int)
    return {"is_deleted": versions[-1].content is None, "entries": kept[:limit], "has_more": False}


def _restore(folder: AppFolder, arg: Arg, _: bytes) -> Arg:
    path = _path(arg)
    with folder.namespace():
        for version in folder.history.get(path.lower(), []):
            if version.rev == arg["rev"] and version.content is not None:
                return metadata(folder.write(path, version.content, "overwrite"))
    raise Answer("invalid_revision")


def _space(folder: AppFolder, _arg: Arg, _: bytes) -> Arg:
    own = {".tag": "individual", "allocated": folder.capacity}
    return {"used": folder.used, "allocation": folder.allocation or own}


def _account(folder: AppFolder, _arg: Arg, _: bytes) -> Arg:
    name = dict.fromkeys(("given_name", "surname", "familiar_name", "abbreviated_name"), "Ada")
    return {
        "account_id": folder.account_id,
        "name": {**name, "display_name": "Ada Lovelace"},
        "email": "ada@example.org",
        "email_verified": True,
        "disabled": False,
        "locale": "en",
        "referral_link": "https://example.org",
        "is_paired": False,
        "account_type": {".tag": folder.plan},
        "root_info": {".tag": "user", "root_namespace_id": "1", "home_namespace_id": "1"},
    }


@dataclass(frozen=True)
class Route:
    """How a route is called, with which scope, and what it does."""

    style: str
    scope: str
    arguments: Mapping[str, object] | None
    work: Callable[[AppFolder, Arg, bytes], object]


_CONTENT_HASH = {"content_hash": _HASH}
ROUTES = {
    "files/list_folder": Route(
        "rpc",
        "files.metadata.read",
        {
            "path!": _TEXT,
            "recursive": _FLAG,
            "limit": _COUNT,
            "include_media_info": _FLAG,
            "include_deleted": _FLAG,
            "include_has_explicit_shared_members": _FLAG,
            "include_mounted_folders": _FLAG,
            "include_non_downloadable_files": _FLAG,
            "include_restorable_info": _FLAG,
        },
        _list_folder,
    ),
    "files/list_folder/continue": Route("rpc", "files.metadata.read", {"cursor!": _TEXT}, _list_on),
    "files/get_metadata": Route(
        "rpc",
        "files.metadata.read",
        {
            "path!": _TEXT,
            "include_media_info": _FLAG,
            "include_deleted": _FLAG,
            "include_has_explicit_shared_members": _FLAG,
        },
        _get_metadata,
    ),
    "files/list_revisions": Route(
        "rpc",
        "files.metadata.read",
        {"path!": _TEXT, "mode": _REVISIONS, "limit": _COUNT, "include_restorable_info": _FLAG},
        _revisions,
    ),
    "files/download": Route("download", "files.content.read", {"path!": _TEXT}, _download),
    "files/upload": Route("upload", "files.content.write", _COMMIT | _CONTENT_HASH, _upload),
    "files/upload_session/start": Route(
        "upload", "files.content.write", {"close": _FLAG} | _CONTENT_HASH, _start
    ),
    "files/upload_session/append_v2": Route(
        "upload",
        "files.content.write",
        {"cursor!": _CURSOR, "close": _FLAG} | _CONTENT_HASH,
        _append,
    ),
    "files/upload_session/finish_batch_v2": Route(
        "rpc",
        "files.content.write",
        {"entries!": [{"cursor!": _CURSOR, "commit!": _COMMIT} | _CONTENT_HASH]},
        _finish_batch,
    ),
    "files/delete_v2": Route("rpc", "files.content.write", {"path!": _TEXT}, _delete),
    "files/create_folder_v2": Route(
        "rpc", "files.content.write", {"path!": _TEXT, "autorename": _FLAG}, _create_folder
    ),
    "files/restore": Route("rpc", "files.content.write", {"path!": _TEXT, "rev!": _TEXT}, _restore),
    "users/get_space_usage": Route("rpc", "account_info.read", None, _space),
    "users/get_current_account": Route("rpc", "account_info.read", None, _account),
}
