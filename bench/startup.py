"""From the command to the first page: `igny8 serve` in an empty folder and again, beside a bare Flask app."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from socket import create_connection, socket
from urllib.request import urlopen

from bench.fixture import ROOT
from bench.table import Row, at_most, median

SERVE = "import sys; from igny8.cli import main; sys.argv = ['igny8', 'serve', '--port', '{port}']; main()"
BARE = (
    "from flask import Flask; from waitress import serve; app = Flask('floor'); "
    "app.add_url_rule('/', view_func=lambda: 'page'); serve(app, host='127.0.0.1', port={port})"
)
TIMEOUT_S = 60.0


def rows(quick: bool) -> list[Row]:
    """Return the rows of starting."""
    first, again, bare = [], [], []
    for _ in range(1 if quick else 5):
        with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
            first.append(_seconds_to_first_page(SERVE, folder))
            bare.append(_seconds_to_first_page(BARE, folder))
            again.append(_seconds_to_first_page(SERVE, folder))
    return [
        at_most(
            "start", "igny8 serve → first page, empty folder", median(first), 1.5, "s", median(bare)
        ),
        at_most("start", "igny8 serve → first page, again", median(again), 1.5, "s", median(bare)),
    ]


def _seconds_to_first_page(program: str, folder: str) -> float:
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program.format(port=port)],
        cwd=ROOT,
        env=os.environ | {"IGNY8_DATA_DIR": str(Path(folder, "var"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > TIMEOUT_S:
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        with urlopen(f"http://127.0.0.1:{port}/", timeout=TIMEOUT_S) as page:
            page.read()
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT_S)


def _answers(port: int) -> bool:
    try:
        with closing(create_connection(("127.0.0.1", port), timeout=1)):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
