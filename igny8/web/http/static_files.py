"""Serve static files: cached for a year at versioned addresses; styles and scripts compressed."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

COMPRESSED = (".css", ".js")
YEAR_S = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Serve the static folder of the app, and add `asset` to templates."""
    app.view_functions["static"] = serve
    app.jinja_env.globals["asset"] = asset_url


def asset_url(name: str) -> str:
    """Return the address of a static file, with a version that changes with its content."""
    return url_for("static", filename=name, v=_file(name).version)


def serve(filename: str) -> Response:
    """Return a static file; without the current version in `v` it is revalidated each time."""
    response = current_app.send_static_file(filename)
    file = _file(filename)
    if request.args.get("v") == file.version:
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_S
        response.cache_control.immutable = True
    if filename.endswith(COMPRESSED):
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and _accepts_gzip():
            _compress(response, file)
    return response


class StaticFile:
    """Cached data of a static file, recomputed when the file changes."""

    def __init__(self, content: bytes) -> None:
        self.version = hashlib.sha256(content).hexdigest()[:12]
        self.gzipped = gzip.compress(content, mtime=0)


def _file(name: str) -> StaticFile:
    path = Path(current_app.static_folder or "", name)
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> StaticFile:
    return StaticFile(path.read_bytes())


def _accepts_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0 and "Range" not in request.headers


def _compress(response: Response, file: StaticFile) -> None:
    response.direct_passthrough = False
    response.set_data(file.gzipped)
    response.content_encoding = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same file in another encoding
