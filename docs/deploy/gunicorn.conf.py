"""gunicorn for IGNY8: `gunicorn -c docs/deploy/gunicorn.conf.py wsgi:app`, in the folder of IGNY8."""

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
    """Begin with no figures of processes that are gone."""
    if SHARED:
        shutil.rmtree(SHARED, ignore_errors=True)
        os.makedirs(SHARED, mode=0o700)


def post_fork(server, worker):
    """Tell a process that takes the place of another one, so that it leaves the others alone where it may not start."""
    if worker.age > server.num_workers:
        os.environ["IGNY8_REPLACES"] = "yes"


def child_exit(server, worker):
    """Let go of what a process that ended had open."""
    if SHARED:
        multiprocess.mark_process_dead(worker.pid)
