"""The app for a web server: `gunicorn wsgi:app` (docs/operations.md). It refuses tables that are not its own.

Like every process it watches: a thread carries out what has no worker (a cancel, a pause) and notes when no
worker is there any more.
"""

import os

from igny8 import create_app, jobs, logs
from igny8.upkeep import schema

logs.set_up(os.environ.get("IGNY8_LOG"))
app = create_app()
with app.app_context():
    schema.require()
jobs.WorkerProcess(app, 0).start()
