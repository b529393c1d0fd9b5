"""Version of the running code: release number and a hash of the source."""

import functools
import hashlib
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PARTS = (PACKAGE, PACKAGE.parent / "migrations")


@functools.cache
def version() -> str:
    """Return the release number with a hash of the source, such as "0.1.0+1f0c5a2".

    The hash distinguishes updated machines from outdated ones between two releases.
    """
    mark = hashlib.blake2b(digest_size=4)
    for path in sorted(path for part in PARTS for path in part.rglob("*.py")):
        mark.update(
            path.relative_to(PACKAGE.parent).as_posix().encode() + b"\0" + path.read_bytes()
        )
    return f"{metadata.version('igny8')}+{mark.hexdigest()[:7]}"
