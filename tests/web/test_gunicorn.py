"""The pages behind gunicorn, as docs/operations.md starts them: several processes that are one product."""

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import free_port
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
POLLS = 24


class Gunicorn:
    """One gunicorn with two processes on the data of a folder."""

    def __init__(self, folder, port: int):
        self.address, self.log = f"http://127.0.0.1:{port}", folder / "gunicorn.log"
        self.env = {**os.environ, "IGNY8_DATA_DIR": str(folder / "var"), "IGNY8_PORT": str(port),
                    "PROMETHEUS_MULTIPROC_DIR": str(folder / "figures")}
        self.process, self.token = None, ""

    def igny8(self, *words: str, typed: str = "") -> str:
        return subprocess.run([sys.executable, "-m", "igny8.cli", *words], env=self.env, cwd=ROOT, check=True,
                              capture_output=True, text=True, input=typed).stdout

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [Path(sys.executable).with_name("gunicorn"), "-c", "docs/deploy/gunicorn.conf.py", "wsgi:app"],
                env=self.env, cwd=ROOT, stdout=log, stderr=log)

    def get(self, path: str) -> str | None:
        """Return what is answered, None while nothing is."""
        asked = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {self.token}"})
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
def gunicorn(tmp_path):
    server = Gunicorn(tmp_path, free_port())
    server.igny8("db", "upgrade")
    export = tmp_path / "words.txt"
    export.write_text("how to grow tomatoes\nwhen to prune roses\n")
    server.igny8("import-keywords", "Green", str(export))
    server.igny8("create-user", "watcher", "--admin", "--password-stdin", typed="looking over the garden fence\n")
    server.token = server.igny8("create-token", "watcher").strip()
    yield server
    if server.process is not None:
        server.stop()


def test_two_processes_answer_as_one_and_stop_cleanly(gunicorn):
    gunicorn.start()
    assert json.loads(until(lambda: gunicorn.get("/health/ready"), 60, "readiness"))["tables"] == "same"
    for _ in range(POLLS):
        assert gunicorn.get("/api/v1/automation/run_progress/?site_id=green") is not None
    samples = [sample for family in text_string_to_metric_families(gunicorn.get("/metrics"))
               for sample in family.samples]
    counted = [s.value for s in samples if (s.name, s.labels.get("page")) == ("igny8_poll_seconds_count", "api")]
    assert counted == [POLLS]
    assert [s.value for s in samples if (s.name, s.labels.get("state")) == ("igny8_runs", "running")] == [0]
    assert gunicorn.stop() == 0
    assert "Traceback" not in gunicorn.log.read_text()


def test_it_refuses_tables_of_another_version_and_says_so(gunicorn, tmp_path):
    script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); " \
             "db.execute(\"UPDATE alembic_version SET version_num = '9999'\"); db.commit()"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "var" / "igny8.db")], check=True)
    gunicorn.start()
    assert gunicorn.process.wait(60) != 0
    assert "The database was made by a newer IGNY8 (tables 9999" in gunicorn.log.read_text()
