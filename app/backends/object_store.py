"""Places behind a network: an S3 bucket or a WebDAV folder, laid out as restic does it.

Stock restic opens a bucket by the same address and keys (`restic -r s3:…`), and a WebDAV folder
by way of rclone. Requests go through Apache OpenDAL (`object_calls`); `object_backend` keeps the
contract, `object_shelves` knows what is particular to either kind, `object_errors` what their
answers mean.

Nothing is ever sent to an address without TLS, but to this computer itself. Credentials are
shown by nothing here, and neither files nor variables of other programs are searched for any. A
proxy that the environment names is used; `NO_PROXY` has to exempt this computer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import SplitResult, unquote, urlsplit

from app.backends.contract import Backend
from app.backends.object_backend import ObjectStore
from app.backends.object_shelves import S3Shelf, WebdavShelf
from app.backends.retrying import nothing
from app.errors import WrongUsage
from app.secret import Secret


def open_s3(
    bucket: str,
    prefix: str,
    *,
    endpoint: str,
    region: str,
    access_key: str,
    secret_key: Secret,
    checkpoint: Callable[[], None] = nothing,
) -> Backend:
    """A repository below `prefix` in a bucket that exists; connects at the first use only.

    `endpoint` is the service's address, "" for Amazon's own; an empty region is "us-east-1",
    which most other services take. `checkpoint` is called now and then while the thread that
    calls this waits for the place; what it raises ends the work. Raises `WrongUsage` for an
    address that cannot be used.
    """
    region = region or "us-east-1"
    endpoint = (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/")
    host = _checked(endpoint).hostname or ""
    prefix = prefix.strip("/")

    def options() -> dict[str, str]:
        return {
            "bucket": bucket,
            "root": f"/{prefix}",
            "endpoint": endpoint,
            "region": region,
            "access_key_id": access_key,
            "secret_access_key": secret_key.reveal(),
            "disable_config_load": "true",
            "disable_ec2_metadata": "true",
            "enable_virtual_host_style": str(_by_host(host, bucket)).lower(),
        }

    place = "/".join(filter(None, (f"s3:{endpoint}", bucket, prefix)))
    return ObjectStore(place, S3Shelf(options), checkpoint)


def open_webdav(
    address: str, *, user: str, password: Secret, checkpoint: Callable[[], None] = nothing
) -> Backend:
    """A repository in the folder that this address names; `create` makes it. Connects at the
    first use only. `checkpoint` and errors as with `open_s3`."""
    parts = _checked(address)

    def options() -> dict[str, str]:
        return {
            "endpoint": f"{parts.scheme}://{parts.netloc}",
            "root": unquote(parts.path) or "/",
            "username": user,
            "password": password.reveal(),
        }

    return ObjectStore(f"webdav:{address.rstrip('/')}", WebdavShelf(options), checkpoint)


def _checked(address: str) -> SplitResult:
    """The parts of an address; `WrongUsage` if it is none, is not protected, or has a password
    in it, which would be shown wherever the place is named."""
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
        # With a slash in it, a password looks like a port that is none.
        usable = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        safe = usable = False
    if not safe or not usable or parts.query or parts.fragment:
        raise WrongUsage("place-address", place=address.rpartition("@")[2])
    return parts


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _by_host(host: str, bucket: str) -> bool:
    """Whether a bucket is named in the host's name: as these services want it, but for names
    with dots, which no certificate fits. All others are given the path."""
    return host.endswith((".amazonaws.com", ".aliyuncs.com")) and "." not in bucket
