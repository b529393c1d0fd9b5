"""The WSGI app: `gunicorn wsgi:app` (docs/operations.md).

It refuses to start on tables of another version. A background thread applies what needs no worker
(a cancel, a pause) and records when no worker is running.

gunicorn shuts down when an app cannot be loaded. A process that replaces a dead one and may not
start (newer tables, no database) therefore ends by itself, without stopping its siblings.
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
