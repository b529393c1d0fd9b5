"""The WSGI app: `gunicorn wsgi:app` (docs/operations.md).

It refuses to start on tables of another version. A background thread applies what needs no worker
(a cancel, a pause) and records when no worker is running.

gunicorn shuts down when a process says at its start that it cannot: the reason is logged in one
line, and the service manager tries again. A process that replaces a dead one and may not start
(newer tables, no database) ends by itself instead, without stopping its siblings.
"""

import logging
import os
import sys

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from igny8 import clock, jobs, logs
from igny8.app import create_app
from igny8.config import log_level
from igny8.database_errors import explain
from igny8.errors import Igny8Error
from igny8.upkeep import schema

REPLACES, PAUSE = "IGNY8_REPLACES", 5.0  # seconds between two tries
CANNOT_START = 3  # gunicorn's own exit code for it; with any other it would try again at once
log = logging.getLogger("igny8")


def start() -> Flask:
    """Return the app, on tables of this version."""
    made = create_app()
    with made.app_context():
        schema.ensure_current()
    return made


logs.configure(log_level(os.environ))
try:
    app = start()
except (Igny8Error, SQLAlchemyError) as refusal:
    reason = " ".join(explain(refusal) or [str(refusal)])
    if not os.environ.get(REPLACES):
        log.error("not started: %s", reason)
        sys.exit(CANNOT_START)
    log.error("not started in the place of a process that ended: %s", reason)
    clock.sleep(PAUSE)
    os._exit(1)
jobs.WorkerProcess(app, 0).start()
