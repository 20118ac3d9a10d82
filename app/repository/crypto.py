"""Sealing: AES-256-CTR with Poly1305, as restic does it.

    stored = nonce(16) || AES-256-CTR(encrypt, counter=nonce)(plain) || tag(16)
    tag    = Poly1305(key = r || AES-128(k, nonce), ciphertext)

The tag is checked before anything is decrypted. Nothing binds a ciphertext to its role or place,
so whoever opens a blob or a file must also compare its SHA-256 with its name.

Format: restic's doc/design.rst, "Keys, Encryption and MAC".
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256, sha512
from itertools import accumulate, pairwise

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from app.files import Buffer

NONCE = 16
TAG = 16
OVERHEAD = NONCE + TAG
_BATCH = 256
_COPIED = 4096  # bytes
_NO_NONCE = bytes(NONCE)
_LONG = 8 << 10  # bytes; hashing fewer takes too little time to hurry up
_SHA512_BLOCK = bytes(128)

Random = Callable[[int], bytes]


# How often the way to this process forked; asking for the process's id costs a system call a blob.
_forks = 0


def _forked() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def hurry_hashing() -> None:
    """Let the next SHA-256 run at full speed.

    OpenSSL's Poly1305 for AVX-512 leaves the upper parts of vector registers in use, unless the
    message happens to be a multiple of 16 bytes, and until something clears them SHA-256 by the
    processor's own instructions runs at 1.8 GB/s instead of 2.1 (AMD EPYC). OpenSSL's SHA-512 by
    AVX2 clears them (`vzeroupper`): a block of it takes 0.4 µs, and changes nothing else.
    """
    sha512(_SHA512_BLOCK)


class BrokenSeal(ValueError):
    """The tag does not fit: damaged, truncated, or sealed with another key."""


class MasterKey(msgspec.Struct, frozen=True):
    """What every key file wraps: 32 bytes for encryption, 16 + 16 for authentication."""

    encrypt: bytes
    mac_k: bytes
    mac_r: bytes

    def __repr__(self) -> str:
        return "MasterKey(***)"

    def __post_init__(self) -> None:
        if (len(self.encrypt), len(self.mac_k), len(self.mac_r)) != (32, 16, 16):
            raise ValueError("a master key has 32, 16 and 16 bytes")
        if not (any(self.encrypt) and any(self.mac_k) and any(self.mac_r)):
            raise ValueError("a master key of zeros is invalid")

    @classmethod
    def generate(cls, random: Random = os.urandom) -> MasterKey:
        return cls(random(32), random(16), random(16))

    def secret_for(self, purpose: str) -> bytes:
        """32 bytes derived from this key for one purpose; reveals nothing about the key."""
        return hmac.digest(self.encrypt, b"tradekeep " + purpose.encode(), sha256)


class Sealer:
    """Seals and opens with one key. Belongs to one thread: it reuses cipher contexts.

    Reuse is the point: resetting the nonce of a CTR context takes 0.7 µs where a new one takes
    4.4 µs, and AES(k, nonce) for 256 nonces is one ECB call.
    """

    def __init__(self, key: MasterKey, random: Random = os.urandom) -> None:
        self._random = random
        self._mac_r = key.mac_r
        self._ctr = Cipher(algorithms.AES(key.encrypt), modes.CTR(bytes(16))).encryptor()
        self._ecb = Cipher(algorithms.AES(key.mac_k), modes.ECB()).encryptor()  # noqa: S305
        self._nonces: list[tuple[bytes, bytes]] = []
        self._forks = _forks

    def _nonce(self) -> tuple[bytes, bytes]:
        """A fresh nonce and the one-time Poly1305 key that belongs to it."""
        if not self._nonces or self._forks != _forks:
            # A forked process must not use up the nonces that its parent uses too.
            self._forks = _forks
            nonces = self._random(NONCE * _BATCH)
            if _NO_NONCE in nonces:
                raise RuntimeError("the source of randomness gives zeros")
            keys = self._ecb.update(nonces)
            self._nonces = [
                (nonces[at : at + NONCE], self._mac_r + keys[at : at + NONCE])
                for at in range(0, NONCE * _BATCH, NONCE)
            ]
        return self._nonces.pop()

    def seal(self, plain: Buffer) -> bytes:
        """`plain` sealed: 32 bytes longer."""
        nonce, tag_key = self._nonce()
        self._ctr.reset_nonce(nonce)
        cipher = self._ctr.update(plain)
        return b"".join((nonce, cipher, Poly1305.generate_tag(tag_key, cipher)))

    def seal_into(self, plain: Buffer, out: memoryview) -> int:
        """Seal into `out`, which must have room for `len(plain) + 47` bytes; bytes written.

        The 15 spare bytes are what the cipher may touch past its output.
        """
        size = len(plain)
        if size <= _COPIED:
            # Two small copies cost less than four views.
            out[: size + OVERHEAD] = self.seal(plain)
            return size + OVERHEAD
        nonce, tag_key = self._nonce()
        out[:NONCE] = nonce
        self._ctr.reset_nonce(nonce)
        self._ctr.update_into(plain, out[NONCE : NONCE + size + 15])
        end = NONCE + size
        out[end : end + TAG] = Poly1305.generate_tag(tag_key, out[NONCE:end])
        hurry_hashing()
        return end + TAG

    def open(self, stored: Buffer) -> bytes:
        """The plaintext; `BrokenSeal` if the tag does not fit."""
        if len(stored) < OVERHEAD:
            raise BrokenSeal("too short to be sealed data")
        view = memoryview(stored)
        nonce = bytes(view[:NONCE])
        if nonce == _NO_NONCE:  # restic refuses it too: only a broken source of randomness gives it
            raise BrokenSeal("the nonce is zero")
        cipher = view[NONCE:-TAG]
        try:
            Poly1305.verify_tag(self._mac_r + self._ecb.update(nonce), cipher, bytes(view[-TAG:]))
        except InvalidSignature as error:
            raise BrokenSeal("the authentication tag does not fit") from error
        if len(stored) > _LONG:
            hurry_hashing()
        self._ctr.reset_nonce(nonce)
        return self._ctr.update(cipher)

    def open_run(self, stored: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
        """The plaintext of each of some sealed blobs that lie one behind the other and fill
        `stored`; `BrokenSeal` at the first whose tag does not fit.

        The keys for all tags come from one ECB call: a small blob takes 3.1 µs instead of 4.2.
        """
        ends = list(accumulate(lengths, initial=0))
        if ends[-1] != len(stored) or min(lengths, default=OVERHEAD) < OVERHEAD:
            raise BrokenSeal("these are not the lengths of what is stored")
        nonces = [stored[at : at + NONCE] for at in ends[:-1]]
        if _NO_NONCE in nonces:
            raise BrokenSeal("the nonce is zero")
        keys = self._ecb.update(b"".join(nonces))
        key_at = 0
        view = memoryview(stored)
        verify, reset, decrypt = Poly1305.verify_tag, self._ctr.reset_nonce, self._ctr.update
        try:
            for nonce, (start, end) in zip(nonces, pairwise(ends), strict=True):
                cipher = view[start + NONCE : end - TAG]
                key = self._mac_r + keys[key_at : key_at + NONCE]
                key_at += NONCE
                verify(key, cipher, stored[end - TAG : end])
                reset(nonce)
                if end - start > _LONG:
                    hurry_hashing()
                yield decrypt(cipher)
        except InvalidSignature as error:
            raise BrokenSeal("the authentication tag does not fit") from error
