"""The app for a web server: `gunicorn wsgi:app`."""

import os

from igny8 import create_app, logs

logs.set_up(os.environ.get("IGNY8_LOG"))
app = create_app()
