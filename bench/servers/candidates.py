"""Start the product's pages on one of the web servers that are compared.

`python -m bench.servers.candidates NAME PORT` serves until SIGINT or SIGTERM; the data folder
comes from the environment, as for `igny8 web`. granian and cheroot are no dependencies: install
them beside the product to compare them.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from flask import Flask
from waitress.server import create_server

from igny8 import jobs, logs
from igny8.app import create_app
from igny8.config import log_level

THREADS = 8
MAX_CONNECTIONS = 4000
IDLE_TIMEOUT_S = 75  # longer than the interval of an open page
SHUTDOWN_S = 10


def make_app() -> Flask:
    """Return the app as wsgi.py makes it."""
    logs.configure(log_level(os.environ))
    app = create_app()
    jobs.WorkerProcess(app, 0).start()
    return app


def waitress(port: int) -> None:
    """Serve with waitress, its own classes and documented settings."""
    server = create_server(
        make_app(),
        host="127.0.0.1",
        port=port,
        threads=THREADS,
        ident=None,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE_TIMEOUT_S,
        asyncore_use_poll=True,
    )
    threading.Thread(target=server.run, daemon=True).start()
    _wait_for_signal()
    server.task_dispatcher.shutdown(timeout=SHUTDOWN_S)
    server.close()


def cheroot(port: int) -> None:
    """Serve with cheroot."""
    from cheroot.wsgi import Server  # noqa: PLC0415 - no dependency of the product

    server = Server(("127.0.0.1", port), make_app(), numthreads=THREADS, timeout=30)
    server.keep_alive_conn_limit = None
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    _wait_for_signal()
    server.stop()


def granian(port: int) -> None:
    """Serve with granian: a main process and a worker process."""
    from granian import Granian  # noqa: PLC0415 - no dependency of the product
    from granian.constants import Interfaces  # noqa: PLC0415

    Granian(
        "bench.servers.candidates:make_app",
        factory=True,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backpressure=MAX_CONNECTIONS,
        log_enabled=False,
    ).serve()


def gunicorn(port: int, workers: int = 1) -> None:
    """Serve with gunicorn's threaded workers."""
    program = str(Path(sys.executable).with_name("gunicorn"))
    settings = {
        "--worker-class": "gthread",
        "--workers": workers,
        "--threads": THREADS,
        "--worker-connections": MAX_CONNECTIONS,
        "--keep-alive": IDLE_TIMEOUT_S,
        "--bind": f"127.0.0.1:{port}",
    }
    words = [str(word) for setting in settings.items() for word in setting]
    app = "bench.servers.candidates:make_app()"
    os.execv(program, [program, *words, "--no-control-socket", app])


OTHERS: dict[str, Callable[[int], None]] = {
    "waitress": waitress,
    "granian": granian,
    "cheroot": cheroot,
    "gunicorn": gunicorn,
    "gunicorn-2": lambda port: gunicorn(port, workers=2),
}
CANDIDATES = ("product", "before", *OTHERS)  # before: another checkout


def start(
    name: str, port: int, checkout: Path, environ: dict[str, str], log: IO[bytes]
) -> subprocess.Popen:
    """Start a candidate as a process of its own; the product with `igny8 web` of a checkout."""
    words = ["-m", "bench.servers.candidates", name, str(port)]
    if name not in OTHERS:
        words = ["-m", "igny8.cli", "web", "--port", str(port)]
    environ = environ | {"PYTHONPATH": str(checkout)}
    return subprocess.Popen(
        [sys.executable, *words], cwd=checkout, env=environ, stdout=log, stderr=log
    )


def _wait_for_signal() -> None:
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()


if __name__ == "__main__":
    OTHERS[sys.argv[1]](int(sys.argv[2]))
