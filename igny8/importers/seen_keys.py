"""A set of seen keys that needs little memory even for a million keys."""

from array import array
from hashlib import blake2b

_START_BITS = 12
_FULL = 0.6  # share of the slots in use before the table grows


class SeenKeys:
    """Maps a key to the line of its first occurrence, in 12 bytes per slot.

    Keys are compared by a 64-bit hash: a collision among a million keys occurs once in about 40
    million files.
    """

    def __init__(self) -> None:
        self._bits, self._count = _START_BITS, 0
        self._hashes, self._lines = self._empty(self._bits)

    def add(self, key: str, line: int) -> int:
        """Add a key; return the line of its first occurrence, or 0 if it is new."""
        found = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()) | 1
        at = self._slot(found)
        if self._hashes[at]:
            return self._lines[at]
        self._hashes[at], self._lines[at] = found, min(line, 2**32 - 1)
        self._count += 1
        if self._count > _FULL * (1 << self._bits):
            self._grow()
        return 0

    @staticmethod
    def _empty(bits: int) -> tuple[array, array]:
        return array("Q", bytes(8 << bits)), array("I", bytes(4 << bits))

    def _slot(self, found: int) -> int:
        mask = (1 << self._bits) - 1
        at = (found >> 1) & mask
        while self._hashes[at] and self._hashes[at] != found:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        hashes, lines = self._hashes, self._lines
        self._bits += 1
        self._hashes, self._lines = self._empty(self._bits)
        for found, line in zip(hashes, lines, strict=True):
            if found:
                at = self._slot(found)
                self._hashes[at], self._lines[at] = found, line
