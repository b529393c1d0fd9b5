"""Check the requirements of an installation: data folder, disk, proxies, optional parts."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

from flask import current_app

from igny8 import language_packages
from igny8.extensions import db
from igny8.upkeep.doctor.finding import CheckResult

LOW_SPACE_BYTES, CRITICAL_SPACE_BYTES = 2 * 2**30, 500 * 2**20
WRITE_ERROR_REMEDIES = {  # how a folder becomes writable again
    errno.ENOSPC: "Make room on its disk.",
    errno.EDQUOT: "Make room for the user that runs IGNY8.",
    errno.EROFS: "Mount its disk for writing.",
    errno.ENOENT: "Put it back, from a backup if need be.",
}
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
OPTIONAL_PACKAGES = {  # package: (what it is for, the extra that installs it)
    "psycopg": ("PostgreSQL", "team"),
    "redis": ("Redis as queue", "team"),
    "gunicorn": ("web servers of several processes", "team"),
    language_packages.ENCODER: ("keywords that are not English, compared by meaning", "languages"),
    language_packages.DICTIONARY: ("Japanese addresses by their reading", "languages"),
}


def data_folder() -> CheckResult:
    """Yield whether the data folder is writable, and private."""
    settings = current_app.config["SETTINGS"]
    if error := _write_error(settings.data_dir, settings.uploads, settings.images):
        remedy = WRITE_ERROR_REMEDIES.get(error.errno or 0, "Give it to the user that runs IGNY8.")
        yield "bad", f"{error.filename} cannot be written: {error.strerror}.", remedy
        return
    exposed = [str(path) for path in _private_files(settings.data_dir) if _is_open_to_others(path)]
    if exposed:
        yield (
            "warn",
            f"Other users of this machine may read {', '.join(exposed)}.",
            f"chmod go-rwx {' '.join(exposed)}",
        )
    else:
        yield "ok", f"Data is in {settings.data_dir}, for this user alone."


def _write_error(*folders: Path) -> OSError | None:
    """Return the error of the first folder that is not writable, with its name."""
    for folder in folders:
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            error.filename = str(folder)
            return error
    return None


def _private_files(data_dir: Path) -> list[Path]:
    return [data_dir, *data_dir.glob("*.key")]


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def disk() -> CheckResult:
    """Yield the free space of the data folder."""
    folder = current_app.config["SETTINGS"].data_dir
    free = shutil.disk_usage(folder).free
    level = "bad" if free < CRITICAL_SPACE_BYTES else "warn" if free < LOW_SPACE_BYTES else "ok"
    yield (
        level,
        f"{folder} has {free // 2**20:,} MB left.",
        ""
        if level == "ok"
        else "Free some space, or move the data folder: without space nothing can be stored.",
    )


def outbound_proxy() -> CheckResult:
    """Yield a warning if the environment names a proxy, which IGNY8 does not use."""
    names = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    if names:
        yield (
            "warn",
            f"{' and '.join(names)} is set, but IGNY8 asks model servers directly: it checks the "
            "address of each one before it connects, and a proxy would look the name up anew.",
            "Let this machine reach the model servers directly, or run one (or a gateway with the "
            "OpenAI protocol) in your network and allow its address (IGNY8_OUTBOUND_ALLOW).",
        )
    else:
        yield "ok", "No proxy is set for requests to model servers; they are asked directly."


def optional_parts() -> CheckResult:
    """Yield which optional packages and programs are missing."""
    packages, programs = _missing_packages(), _missing_programs()
    if programs:
        yield (
            "warn",
            f"{' and '.join(programs)} cannot be found, so “igny8 backup” does not work here.",
            "Install PostgreSQL's client programs (on Debian: apt-get install postgresql-client).",
        )
    if packages:
        yield (
            "note",
            f"Not installed: {', '.join(packages)}.",
            f"{' and '.join(_install_commands())}, where they are needed",
        )
    if not packages and not programs:
        yield "ok", "All optional parts are installed."


def _missing_packages() -> list[str]:
    return [
        f"{name} ({use})"
        for name, (use, _) in OPTIONAL_PACKAGES.items()
        if not language_packages.is_installed(name)
    ]


def _install_commands() -> list[str]:
    """Return the commands that install the missing packages, one per extra."""
    extras = {
        extra: f"pip install 'igny8[{extra}]'"
        for name, (_, extra) in OPTIONAL_PACKAGES.items()
        if not language_packages.is_installed(name)
    }
    return list(extras.values())


def _missing_programs() -> list[str]:
    if db.engine.dialect.name == "sqlite":
        return []
    return [program for program in ("pg_dump", "pg_restore") if shutil.which(program) is None]
