"""Generated files for one response: small ones in memory, large ones on disk."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from flask import send_file
from werkzeug.wrappers import Response

from igny8 import publishing

SPOOL_BYTES = 4 * 1024 * 1024


def csv_download(columns: Sequence[str], rows: Iterable[Sequence], name: str) -> Response:
    """Return a response with a CSV file of these rows."""
    return made_file(lambda target: publishing.to_csv(columns, rows, target), "text/csv", name)


def made_file(write: Callable[[IO[bytes]], object], mimetype: str, name: str) -> Response:
    """Return a response with the file that `write(target)` writes."""
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - closed after the answer
    write(target)
    target.seek(0)
    return send_file(target, mimetype=mimetype, as_attachment=True, download_name=name)
