"""The calls of Dropbox's API that a repository needs: typed values out, `BackendError`s only.

One client belongs to one process; threads share it. It retries nothing: that is for those who can
wait and be cancelled. Paths are the API's: "" is the app's folder, all others begin with a slash.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import dropbox
from dropbox import exceptions, files

from app.backends.contract import AccessDenied, BackendError, PlaceBroken
from app.backends.dropbox.errors import as_backend_error, tags_of, translated
from app.backends.dropbox.model import (
    Change,
    Commit,
    CursorReset,
    Page,
    Part,
    Revision,
    SessionClosed,
    SessionGone,
    State,
    Stored,
    WrongOffset,
)
from app.backends.dropbox.paths import Folder
from app.backends.dropbox.transport import make_session, watched
from app.secret import Secret

# Seconds to connect, and seconds without a byte of an answer.
_TIMEOUT = (20, 60)
_PAGE = 2000
_MODE = files.WriteMode.overwrite
_RANGE_NOT_SATISFIABLE = 416
_COMMITTED_OR_LOST = (("lookup_failed", "not_found"), ("lookup_failed", "closed"))


class Client:
    """A folder of an account, by its refresh token."""

    watched = staticmethod(watched)

    def __init__(self, folder: Folder, token: Secret, app_key: str, *, connections: int) -> None:
        self._folder = folder
        self._refreshing = threading.Lock()
        self._sdk = dropbox.Dropbox(
            oauth2_refresh_token=token.reveal(),
            app_key=app_key,
            session=make_session(connections),
            max_retries_on_error=0,
            max_retries_on_rate_limit=0,
            timeout=_TIMEOUT,
            user_agent="Tradekeep",
        )

    # --- files -------------------------------------------------------------------------------

    def upload(self, path: str, data: bytes, content_hash: str) -> Stored:
        """Write a file of at most 150 MiB, over whatever file is there."""
        with self._call(path) as sdk:
            return _stored(
                sdk.files_upload(data, path, mode=_MODE, mute=True, content_hash=content_hash)
            )

    def download(self, path: str, offset: int, length: int | None) -> Part:
        """Bytes of a file; `path` may also be `rev:` and a revision."""
        headers = None
        if offset or length is not None:
            end = None if length is None else offset + length - 1
            headers = dropbox.build_range_headers((offset, end))
        with self._call(path) as sdk:
            try:
                found, response = sdk.files_download(path, extra_headers=headers)
            except (exceptions.ApiError, exceptions.HttpError) as error:
                if headers is None or not _may_be_past_the_end(error):
                    raise
                size = _stored(sdk.files_get_metadata(path)).size
                if offset < size:
                    raise
                return Part(b"", size, whole=False)
            with closing(response):
                # Who ignores the range sends all of it.
                whole = response.status_code == 200
                return Part(response.content, found.size, whole=whole)

    def metadata(self, path: str) -> Stored:
        with self._call(path) as sdk:
            found = sdk.files_get_metadata(path)
            if isinstance(found, files.FileMetadata):
                return _stored(found)
        raise AccessDenied("place-not-a-file", reason="", **self._names(path))

    def delete(self, path: str) -> None:
        with self._call(path) as sdk:
            sdk.files_delete_v2(path)

    def create_folder(self, path: str) -> None:
        """Make a folder and those above it; one that is there is well."""
        with self._call(path) as sdk:
            try:
                sdk.files_create_folder_v2(path)
            except exceptions.ApiError as error:
                if tags_of(error.error)[-2:] != ("conflict", "folder"):
                    raise

    # --- upload sessions ---------------------------------------------------------------------

    def begin_session(self, path: str, data: bytes, content_hash: str, *, last: bool) -> str:
        """Start an upload session with its first bytes; its id."""
        with self._call(path) as sdk:
            started = sdk.files_upload_session_start(data, close=last, content_hash=content_hash)
            return str(started.session_id)

    def continue_session(
        self, path: str, session: str, offset: int, data: bytes, content_hash: str, *, last: bool
    ) -> None:
        """Add bytes. Raises `WrongOffset`, `SessionClosed`, `SessionGone` beside the others."""
        cursor = files.UploadSessionCursor(session, offset)
        with self._call(path) as sdk:
            try:
                sdk.files_upload_session_append_v2(
                    data, cursor, close=last, content_hash=content_hash
                )
            except exceptions.ApiError as error:
                _raise_state_of_session(error.error)
                raise

    def commit(self, commits: Sequence[Commit]) -> Sequence[Stored | BackendError | SessionGone]:
        """Make files of at most 1000 closed sessions, over whatever is there: for each what was
        stored, or why it was not."""
        entries = [
            files.UploadSessionFinishArg(
                files.UploadSessionCursor(each.session, each.size),
                files.CommitInfo(each.path, mode=_MODE, mute=True),
            )
            for each in commits
        ]
        with self._call(commits[0].path) as sdk:
            answer = sdk.files_upload_session_finish_batch_v2(entries).entries
            assert len(answer) == len(commits)
        return [self._outcome(*pair) for pair in zip(commits, answer, strict=True)]

    def _outcome(self, commit: Commit, entry: Any) -> Stored | BackendError | SessionGone:
        if entry.is_success():
            return _stored(entry.get_success())
        tags = tags_of(entry)
        if tags[-2:] in _COMMITTED_OR_LOST:
            return SessionGone()
        return as_backend_error(tags, **self._names(commit.path))

    # --- lists -------------------------------------------------------------------------------

    def list_all(self, path: str) -> Page:
        """The first page of everything below a folder, however deep."""
        with self._call(path) as sdk:
            return _page(
                sdk.files_list_folder(
                    path, recursive=True, limit=_PAGE, include_non_downloadable_files=False
                )
            )

    def list_on(self, path: str, cursor: str) -> Page:
        """What follows a cursor; raises `CursorReset` if a listing must begin anew."""
        with self._call(path) as sdk:
            try:
                return _page(sdk.files_list_folder_continue(cursor))
            except exceptions.BadInputError:
                raise CursorReset from None  # a cursor of another account, for example
            except exceptions.ApiError as error:
                if "reset" in tags_of(error.error):
                    raise CursorReset from None
                raise

    def revisions(self, path: str) -> Sequence[Revision]:
        """What Dropbox still knows of a file, newest first; also of one that is deleted."""
        with self._call(path) as sdk:
            entries = sdk.files_list_revisions(path, limit=100).entries
            return [Revision(each.rev, each.size, each.content_hash) for each in entries]

    def deleted(self, path: str) -> Iterator[str]:
        """The paths below a folder, in lower case, at which something was deleted."""
        with self._call(path) as sdk:
            found = sdk.files_list_folder(path, recursive=True, limit=_PAGE, include_deleted=True)
        while True:
            page = _page(found)
            yield from (each.path for each in page.changes if each.state is State.DELETED)
            if not page.has_more:
                return
            with self._call(path) as sdk:
                found = sdk.files_list_folder_continue(page.cursor)

    def restore(self, path: str, rev: str) -> Stored:
        """Make an old revision the file's content."""
        with self._call(path) as sdk:
            return _stored(sdk.files_restore(path, rev))

    # --- the account -------------------------------------------------------------------------

    def free_space(self) -> int | None:
        """Bytes left in the account, or in what the team gives it; None if it does not tell."""
        with self._call(self._folder.path) as sdk:
            return _left(sdk.users_get_space_usage())

    def account_type(self) -> str:
        """Which kind of plan the account has: "basic", "pro" or "business"."""
        with self._call(self._folder.path) as sdk:
            return str(sdk.users_get_current_account().account_type._tag)

    def broken(self, path: str, reason: str) -> PlaceBroken:
        """An answer of Dropbox that cannot be right."""
        return PlaceBroken("place-broken", reason=reason, **self._names(path))

    @contextmanager
    def _call(self, path: str) -> Iterator[Any]:  # the SDK has no types
        with translated(**self._names(path)):
            with self._refreshing:  # all threads wait for one new access token
                self._fresh_token()
            yield self._sdk

    def _fresh_token(self) -> None:
        try:
            self._sdk.check_and_refresh_access_token()
        except exceptions.BadInputError as error:  # an app key that Dropbox does not know
            raise AccessDenied(
                "dropbox-sign-in", reason="HTTP 400", **self._names(self._folder.path)
            ) from error

    def _names(self, path: str) -> dict[str, str]:
        return {"place": self._folder.place, "file": self._folder.label(path)}


def _stored(found: Any) -> Stored:
    return Stored(int(found.size), str(found.content_hash))


def _page(result: Any) -> Page:
    return Page([_change(entry) for entry in result.entries], result.cursor, result.has_more)


def _change(entry: Any) -> Change:
    if isinstance(entry, files.FileMetadata):
        return Change(entry.path_lower, State.FILE, entry.size, entry.content_hash)
    gone = isinstance(entry, files.DeletedMetadata)
    return Change(entry.path_lower, State.DELETED if gone else State.FOLDER)


def _raise_state_of_session(error: Any) -> None:
    if error.is_incorrect_offset():
        raise WrongOffset(error.get_incorrect_offset().correct_offset) from None
    if error.is_closed():
        raise SessionClosed from None
    if error.is_not_found():
        raise SessionGone from None


def _may_be_past_the_end(error: exceptions.DropboxException) -> bool:
    """Dropbox refuses a range that begins after the last byte, in words that no table has."""
    if isinstance(error, exceptions.ApiError):
        return tags_of(error.error)[-1:] == ("other",)
    return bool(error.status_code == _RANGE_NOT_SATISFIABLE)


def _left(usage: Any) -> int | None:
    allocation = usage.allocation
    if allocation.is_individual():
        return max(0, int(allocation.get_individual().allocated) - int(usage.used))
    if not allocation.is_team():
        return None
    team = allocation.get_team()
    left = int(team.allocated) - int(team.used)
    if own := team.user_within_team_space_allocated:  # 0: no limit within the team's
        left = min(left, int(own) - int(team.user_within_team_space_used_cached))
    return max(0, left)
