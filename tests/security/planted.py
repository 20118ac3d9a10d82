"""Secrets of every kind, as they come in other people's words, and what finds them again."""

from __future__ import annotations

from collections.abc import Iterator

_PEM = "-----BEGIN {0}-----\nMHcCAQEEIBx5Qm/8Zk\n+a/b=\n-----END {0}-----"
SECRETS = {
    "api key": "hQ7dG3kL9mN2pR5tV8xZ1bC4",
    "api secret in base64": "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWx/nyRzBHCd3pd5",
    "exchange secret in hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uuid": "5b8e1f0c-77aa-4c1e-9d0e-a3c2f1b0d9e8",
    "telegram": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "dropbox": "sl.u.AFbcd0123456789abcdefGHIJKLmnop",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "recovery key": "K7QM-2VXA-9ZPD-4HTE-6WNC-1JRF-8BGS-3MKY-5QAV",
    "recovery key in blanks": "k7qm 2vxa 9zpd 4hte 6wnc 1jrf 8bgs 3mky 5qav",
    "device key": "q0Zx3vB7nM1lK5jH9gF2dS6aP4oI8uY_tR-eW0qZx3s",
    "twelve words": "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "private key": "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318",
    "wif": "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    "pem": _PEM.format("EC PRIVATE KEY"),
    "pgp": _PEM.format("PGP PRIVATE KEY BLOCK"),
}
# What is short, or a word, is known by what stands before it.
NAMED = {
    "in a url": "https://me:hunter2@dav.example.com/x",
    "in json": '{"apiKey": "hunter2", "b": 1}',
    "in json in json": r"{\"secret\": \"hunter2\"}",
    "in a query": "GET /x?recvWindow=5&signature=hunter2&b=1",
    "in a header": "Authorization: Bearer hunter2",
    "in a variable": "API_SECRET=hunter2 freqtrade trade",
    "in a repr": "Account(name='a', password='hunter2')",
    "in an option": "--password=hunter2",
}


def places() -> Iterator[tuple[str, str]]:
    for name, secret in SECRETS.items():
        for pattern in (
            "{}",
            "refused: {}",
            "key '{}' is wrong",
            "at /x?k={}&b=1",
            "at /v5/{}/me",
            '{{"a":"{}"}}',
        ):
            yield f"{name}: {pattern}", pattern.format(secret)
    yield from NAMED.items()


def parts(secret: str) -> list[str]:
    """What of a secret must not be left over: each of its longer pieces."""
    words = secret.replace("-----", "\n").split("\n")
    return [word for word in words if len(word) > 6 and "KEY" not in word] or [secret]


ALL = [part for secret in SECRETS.values() for part in parts(secret)] + ["hunter2"]


def holding(text: str) -> list[str]:
    flat = text.replace("\\n", "\n")
    return [each for each in ALL if each in flat or each.upper() in flat]
