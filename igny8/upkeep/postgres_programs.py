"""Run PostgreSQL's client programs with the settings of the connection."""

import importlib
import os
import shutil
import subprocess  # PostgreSQL's own programs, without a shell # nosec B404

from igny8.errors import Igny8Error
from igny8.extensions import db

MAX_ERROR_CHARS = 600


def connection_settings() -> tuple[str, str | None]:
    """Return (connection string without the password, password) for PostgreSQL's own programs.

    Other users of the machine can read a program's arguments, but not its environment.
    """
    _, options = db.engine.dialect.create_connect_args(db.engine.url)
    password = options.pop("password", None)
    options.pop("context", None)  # the driver's own, not the server's
    psycopg = importlib.import_module("psycopg")  # optional: only with PostgreSQL
    return psycopg.conninfo.make_conninfo(**options), password


def run_program(name: str, *arguments: str, connect: bool = True) -> None:
    """Run a program of PostgreSQL; raise Igny8Error if it fails or is missing."""
    if shutil.which(name) is None:
        raise Igny8Error(
            f"{name} was not found. Install PostgreSQL's client programs, in the server's version "
            "or a newer one (on Debian: apt-get install postgresql-client), and check that they "
            "are on PATH."
        )
    environ = dict(os.environ)
    if connect:
        connection, password = connection_settings()
        arguments = (f"--dbname={connection}", *arguments)
        if password:
            environ["PGPASSWORD"] = password
    done = subprocess.run(  # no shell, and no argument from the web # nosec B603
        [name, *arguments], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Igny8Error(f"{name} failed: {done.stderr.strip()[-MAX_ERROR_CHARS:]}")
