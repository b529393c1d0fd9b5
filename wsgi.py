"""The app for a web server: `gunicorn wsgi:app` (docs/operations.md). It refuses tables that are not its own.

Like every process it watches: a thread carries out what has no worker (a cancel, a pause) and notes when no
worker is there any more.

A process that takes the place of one that died, and may not start (the tables are newer by now, or the database is
away), ends without taking its siblings along: gunicorn stops altogether where an app cannot be loaded, and tries again
else.
"""

import logging
import os

from sqlalchemy.exc import SQLAlchemyError

from igny8 import clock, jobs, logs
from igny8.app import create_app
from igny8.config import log_level
from igny8.errors import Igny8Error
from igny8.upkeep import schema

REPLACES, PAUSE = "IGNY8_REPLACES", 5.0  # seconds between two tries
logs.configure(log_level(os.environ))
app = create_app()
with app.app_context():
    try:
        schema.ensure_current()
    except (Igny8Error, SQLAlchemyError) as refusal:
        if not os.environ.get(REPLACES):
            raise
        logging.getLogger("igny8").error(
            "not started in the place of a process that ended: %s", refusal
        )
        clock.sleep(PAUSE)
        os._exit(1)
jobs.WorkerProcess(app, 0).start()
