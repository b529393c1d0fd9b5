"""Settings for `gunicorn -c docs/deploy/gunicorn.conf.py wsgi:app` in the folder of IGNY8."""

import os
import shutil

from prometheus_client import multiprocess

bind = f"{os.environ.get('IGNY8_HOST') or '127.0.0.1'}:{os.environ.get('IGNY8_PORT') or '8008'}"
worker_class, workers, threads = "gthread", int(os.environ.get("WEB_CONCURRENCY") or 2), 8
preload_app = False  # the app is made in each process: its threads would not survive a fork
graceful_timeout = 25
umask = 0o077  # what is stored is for this user alone
timeout = 60
control_socket_disable = True
SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def on_starting(server):
    """Delete the metrics of processes that have ended."""
    if SHARED:
        shutil.rmtree(SHARED, ignore_errors=True)
        os.makedirs(SHARED, mode=0o700)


def post_fork(server, worker):
    """Mark a replacement process, so that it ends alone when it may not start (see wsgi.py)."""
    if worker.age > server.num_workers:
        os.environ["IGNY8_REPLACES"] = "yes"


def child_exit(server, worker):
    """Let go of what a process that ended had open."""
    if SHARED:
        multiprocess.mark_process_dead(worker.pid)
