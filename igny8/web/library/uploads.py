"""Receive keyword files: uploaded, pasted, or the sample."""

import uuid
from pathlib import Path

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from igny8.importers import sample_path

MAX_NAME_CHARS = 200
MAX_SUFFIX_CHARS = 8


def store_upload() -> tuple[Path | None, str]:
    """Store the sent data under a generated name; return its path (or None) and its name."""
    sent, pasted = request.files.get("file"), request.form.get("text", "").strip()
    if "sample" in request.form:
        return _store_sample()
    if sent is not None and sent.filename:
        return _store_file(sent, sent.filename)
    if pasted:
        path = _new_path(".txt")
        path.write_text(pasted + "\n", encoding="utf-8")
        return path, "pasted keywords"
    return None, ""


def _store_sample() -> tuple[Path, str]:
    sample = sample_path()
    path = _new_path(Path(sample.name).suffix)
    path.write_bytes(sample.read_bytes())
    return path, sample.name


def _store_file(sent: FileStorage, name: str) -> tuple[Path, str]:
    suffix = Path(name).suffix.lower()
    is_plain = suffix[1:].isalnum() and len(suffix) < MAX_SUFFIX_CHARS
    path = _new_path(suffix if is_plain else "")
    sent.save(path)
    return path, Path(name.replace("\\", "/")).name[:MAX_NAME_CHARS]


def _new_path(suffix: str) -> Path:
    return current_app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}{suffix}"
