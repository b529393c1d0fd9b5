"""The pages behind gunicorn, as docs/operations.md starts them: several processes that are one product."""

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from igny8.extensions import db, write_transaction
from igny8.models import ApiToken
from tests.conftest import SECRET, make_app
from tests.factories import make_site, make_user
from tests.servers import free_port
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
POLLS = 24


class Gunicorn:
    """One gunicorn with two processes on the data of a folder."""

    def __init__(self, folder, port: int):
        self.address, self.log = f"http://127.0.0.1:{port}", folder / "gunicorn.log"
        self.env = {
            **os.environ,
            "IGNY8_DATA_DIR": str(folder / "var"),
            "IGNY8_PORT": str(port),
            "IGNY8_SECRET_KEY": SECRET,
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "figures"),
        }
        self.process, self.token = None, ""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    Path(sys.executable).with_name("gunicorn"),
                    "-c",
                    "docs/deploy/gunicorn.conf.py",
                    "wsgi:app",
                ],
                env=self.env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def get(self, path: str, **headers: str) -> str | None:
        """Return what is answered, None while nothing is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = urllib.request.Request(
            self.address + path, headers={"Authorization": f"Bearer {self.token}", **named}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def gunicorn(tmp_path, migrated):
    """Return a gunicorn that is not started yet, on data with a site and somebody who may look at it."""
    server = Gunicorn(tmp_path, free_port())
    (tmp_path / "var").mkdir()
    shutil.copyfile(migrated, tmp_path / "var" / "igny8.db")
    app = make_app(tmp_path / "var")
    with app.app_context():
        make_site("green")
        user_id = make_user("watcher", is_admin=True)
        with write_transaction() as tx:
            server.token = ApiToken.create(tx, user_id, "a watcher's", "read")
        db.engine.dispose()
    yield server
    if server.process is not None:
        server.stop()


def test_two_web_processes_share_state_and_stop_cleanly(gunicorn):
    gunicorn.start()
    assert (
        json.loads(until(lambda: gunicorn.get("/health/ready"), 60, "readiness"))["tables"]
        == "same"
    )
    for _ in range(POLLS):
        assert gunicorn.get("/api/v1/automation/run_progress/?site_id=green") is not None
    samples = [
        sample
        for family in text_string_to_metric_families(gunicorn.get("/metrics"))
        for sample in family.samples
    ]
    counted = [
        s.value
        for s in samples
        if (s.name, s.labels.get("page")) == ("igny8_poll_seconds_count", "api")
    ]
    assert counted == [POLLS]
    assert [
        s.value for s in samples if (s.name, s.labels.get("state")) == ("igny8_runs", "running")
    ] == [0]
    assert gunicorn.stop() == 0
    assert "Traceback" not in gunicorn.log.read_text()


def test_start_before_the_database_says_so_in_one_line(tmp_path):
    environ = {
        **os.environ,
        "IGNY8_DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://me@127.0.0.1:1/green",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        check=False,
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and len(done.stderr.splitlines()) == 1
    assert "not started: The database does not answer" in done.stderr


def test_refused_process_leaves_the_others_alone(gunicorn, tmp_path):
    gunicorn.start()
    master = psutil.Process(gunicorn.process.pid)
    until(
        lambda: [child.num_threads() > 2 for child in master.children()] == [True] * 2, 60, "both"
    )
    with closing(sqlite3.connect(tmp_path / "var" / "igny8.db", isolation_level=None)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    master.children()[0].kill()
    until(
        lambda: gunicorn.log.read_text().count("not started in the place of") > 1,
        60,
        "the second try",
    )
    assert gunicorn.process.poll() is None and gunicorn.get("/health/live") is not None


def test_worker_refuses_tables_of_another_version(gunicorn, tmp_path):
    with closing(sqlite3.connect(tmp_path / "var" / "igny8.db", isolation_level=None)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    gunicorn.start()
    assert gunicorn.process.wait(60) != 0
    assert "The database was made by a newer IGNY8 (tables 9999" in gunicorn.log.read_text()


def test_undeclared_proxies_are_neither_trusted_nor_local(gunicorn):
    gunicorn.env.pop("PROMETHEUS_MULTIPROC_DIR")
    gunicorn.start()
    until(lambda: gunicorn.get("/health/ready"), 60, "readiness")
    assert "igny8_runs" in gunicorn.get("/metrics")
    for name in ("X_Forwarded_For", "X_Forwarded_Proto", "Forwarded", "Via"):
        assert gunicorn.get("/metrics", **{name: "https"}) is None, name
    asked = urllib.request.Request(
        f"{gunicorn.address}/login", headers={"X-Forwarded-Proto": "https"}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert "Strict-Transport-Security" not in answer.headers
        assert "__Host-" not in (answer.headers["Set-Cookie"] or "")


def test_gunicorn_errors_have_security_headers(gunicorn, tmp_path):
    gunicorn.start()
    until(lambda: gunicorn.get("/health/ready"), 60, "readiness")
    with socket.create_connection(("127.0.0.1", int(gunicorn.address.rsplit(":", 1)[1]))) as line:
        line.sendall(b"nonsense\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400") and b"Content-Security-Policy: default-src" in answer
    status = Path(f"/proc/{psutil.Process(gunicorn.process.pid).children()[0].pid}/status")
    assert "Umask:\t0077" in status.read_text()


@pytest.mark.parametrize(
    ("settings", "starts"),
    [
        ({"IGNY8_HOST": "0.0.0.0"}, False),
        ({"IGNY8_HOST": "0.0.0.0", "IGNY8_PROXY_HOPS": "1"}, True),
        ({"IGNY8_HOST": "0.0.0.0", "IGNY8_LISTEN_ANYWHERE": "1"}, True),
        ({"IGNY8_HOST": "::1"}, True),
    ],
)
def test_gunicorn_listens_publicly_only_behind_declared_protection(gunicorn, settings, starts):
    gunicorn.env |= settings
    gunicorn.start()
    until(
        lambda: gunicorn.process.poll() is not None or "Listening at" in gunicorn.log.read_text(),
        60,
        "a decision",
    )
    assert ("IGNY8_LISTEN_ANYWHERE" in gunicorn.log.read_text()) is not starts
    assert (gunicorn.stop() == 0) is starts
