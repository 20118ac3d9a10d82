"""What must hold while a target reads: it ends soon, takes little memory, and writes nowhere else.

Memory is bounded for the whole process while a target is at work, so that a lie about a size ends
in a MemoryError, which no target may raise. Writing is seen by an audit hook.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = 500 << 20
SECONDS = 2.0  # of the processor; most take less than a millisecond
_CHANGING = frozenset(
    {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.truncate"}
    | {"os.chmod", "os.chown", "os.utime", "os.setxattr", "shutil.rmtree"}
)
_BAD = frozenset({"os.system", "os.exec", "subprocess.Popen", "os.posix_spawn", "socket.connect"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_seen: list[str] | None = None  # hooks stay for ever, so there is one, which mostly sleeps
_hooked = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is None:
        return
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITES and not isinstance(path, int):
            _seen.append(os.fsdecode(path))  # type: ignore[arg-type]
    elif event == "os.symlink":
        _seen.append(os.fsdecode(arguments[1]))  # type: ignore[arg-type]  # not where it leads to
    elif event in _CHANGING:
        _seen.extend(os.fsdecode(each) for each in arguments if isinstance(each, str | bytes))
    elif event in _BAD:
        _seen.append(f"{event} {arguments}")


@contextmanager
def watched(target: Path) -> Iterator[None]:
    """The block may write below `target` and nowhere else. Relative names are those that are used
    with a folder's descriptor; one with a slash in it leaves the folder."""
    global _seen, _hooked  # see above
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    began, seen = time.process_time(), list[str]()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_size() + MEMORY, before[1]))
    _seen = seen
    try:
        yield
    finally:
        _seen = None
        resource.setrlimit(resource.RLIMIT_AS, before)
    outside = [path for path in seen if not _inside(path, target)]
    assert not outside, f"written outside the target: {outside}"
    took = time.process_time() - began
    assert took < SECONDS, f"took {took:.1f} s"


def _inside(path: str, target: Path) -> bool:
    if not path.startswith("/"):
        return "/" not in path and path not in ("", "..")
    return path == os.devnull or (
        Path(path).is_relative_to(target) and ".." not in Path(path).parts
    )


def _size() -> int:
    """Bytes of address space that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
