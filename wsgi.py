"""The app for a web server: `gunicorn wsgi:app`."""

from igny8 import create_app

app = create_app()
