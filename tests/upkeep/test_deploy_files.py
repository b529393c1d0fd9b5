"""The files of docs/deploy do what they say: compose passes all settings, and a Debian server is set up with them."""

import http.client
import os
import re
import shlex
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url

from igny8 import config
from tests.servers import PASSWORD, Nginx, Postgres, Redis, find_program, free_port, running
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs/deploy"
GUIDE = (ROOT / "docs/operations.md").read_text()
SECRETS = {
    "POSTGRES_PASSWORD": PASSWORD,
    "REDIS_PASSWORD": PASSWORD,
    "IGNY8_SECRET_KEY": "a secret key of the tests",
    "IGNY8_ENCRYPTION_KEY": "an encryption key of the tests",
}
# What the image itself says, or the container needs in a fixed way.
OF_THE_IMAGE = {"IGNY8_DATA_DIR", "IGNY8_HOST", "IGNY8_PORT"}
PROGRAMS = ("initdb", "redis-server", "nginx", "openssl", "runuser")


def documented_variables() -> set[str]:
    cells = re.findall(r"^\| (`[A-Z][^|]*) \|", GUIDE, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}


def composed(service: str) -> dict[str, str]:
    """Return the environment of a service, filled in as compose does."""
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return {
        name: re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda m: SECRETS.get(m[1], m[2]), str(value))
        for name, value in whole["services"][service]["environment"].items()
    }


def test_compose_passes_every_documented_variable_to_the_pages():
    assert documented_variables() - OF_THE_IMAGE - set(composed("web")) == set()


@pytest.mark.parametrize("service", ["web", "worker", "upgrade"])
def test_compose_with_nothing_but_passwords_makes_valid_settings(tmp_path, service):
    settings = config.load(composed(service) | {"IGNY8_DATA_DIR": str(tmp_path)})
    url = make_url(settings.database_url)
    assert (url.host, url.username, url.password) == ("postgres", "igny8", PASSWORD)
    assert settings.secrets[-1] == PASSWORD and settings.huey_url.startswith("redis://:p%40ss")


def test_password_of_an_address_wins(tmp_path):
    settings = config.load(
        {
            "IGNY8_DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://me:own@[::1]:5432/green",
            "DATABASE_PASSWORD": "other",
        }
    )
    assert make_url(settings.database_url).password == "own"


class Server:
    """A Debian server below a folder: what the guide says is done there, with the paths replaced."""

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis):
        self.folder, self.code, self.port = folder, folder / "opt/igny8", free_port()
        self.postgres, self.redis, self.processes = postgres, redis, []
        self.code.mkdir(parents=True)
        for path in ROOT.iterdir():
            if path.name not in (".venv", "docs", ".git"):
                (self.code / path.name).symlink_to(path)
        (self.code / ".venv").symlink_to(sys.prefix)
        self._copy_deploy()

    def _copy_deploy(self) -> None:
        target = self.code / "docs/deploy"
        target.mkdir(parents=True)
        for path in DEPLOY.iterdir():
            (target / path.name).write_text(self.here(path.read_text()))
            (target / path.name).chmod(path.stat().st_mode)

    def here(self, text: str) -> str:
        """Return a text with the paths of the system below the folder, and the user of the test."""
        text = re.sub(
            r"(?<![\w$/}])/(opt|etc|var|run)/(?=[\w.]*igny8|systemd)", rf"{self.folder}/\1/", text
        )
        text = (
            text.replace("/var/backups", f"{self.folder}/var/backups")
            if "find /var" in text
            else text
        )
        return text.replace("runuser -u igny8", "runuser -u root").replace(
            "User=igny8", "User=root"
        )

    def run(self, command: str, typed: str = "", documented: str = "") -> str:
        """Carry out a command of the guide; return what it said."""
        assert (documented or command) in GUIDE, command
        done = subprocess.run(
            ["sh", "-c", self.here(command)],
            check=False,
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
            cwd="/",
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def environ(self) -> dict[str, str]:
        path = f"{self.folder}/usr/local/bin:{os.environ['PATH']}:/usr/sbin"
        return os.environ | {
            "ROOT": str(self.folder),
            "CODE": str(self.code),
            "USER_NAME": "root",
            "PATH": path,
        }

    def fill_in(self, **settings: str) -> None:
        """Write settings into /etc/igny8.env as the guide says."""
        file = self.folder / "etc/igny8.env"
        lines = file.read_text().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in settings]
        file.write_text("\n".join([*kept, *(f"{n}='{v}'" for n, v in settings.items())]) + "\n")

    def setting(self, name: str) -> str:
        return re.search(
            rf"^{name}='(.*)'$", (self.folder / "etc/igny8.env").read_text(), re.MULTILINE
        )[1]

    def unit(self, name: str) -> dict[str, list[str]]:
        """Return the settings of an installed unit."""
        found: dict[str, list[str]] = {}
        for line in (self.folder / "etc/systemd/system" / name).read_text().splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                found.setdefault(key, []).append(value)
        return found

    def command(self, name: str, key: str = "ExecStart") -> tuple[list[str], dict[str, str]]:
        """Return command and environment of a unit, as systemd makes them."""
        unit, environ = self.unit(name), dict(os.environ)
        for line in unit.get("Environment", []):
            environ |= dict([line.split("=", 1)])
        for file in unit["EnvironmentFile"]:
            if not file.startswith("-"):
                pairs = shlex.split(Path(file).read_text(), comments=True)
                environ |= dict(pair.split("=", 1) for pair in pairs)
        [line] = unit[key]
        return shlex.split(line.replace("%%", "%")), environ

    def start(self, name: str) -> subprocess.Popen:
        """Start what a unit starts."""
        command, environ = self.command(name)
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(command, env=environ, cwd=self.code, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def run_backup(self) -> Path:
        """Carry out the unit of the nightly backup; return its archive."""
        for key in ("ExecStart", "ExecStartPost"):
            command, environ = self.command("igny8-backup.service", key)
            subprocess.run(command, env=environ, cwd=self.code, check=True, capture_output=True)
        [archive] = (self.folder / "var/backups/igny8").glob("igny8-*.zip")
        return archive

    def stop(self) -> None:
        """End all that runs, as systemd does."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            assert process.wait(60) == 0


@pytest.fixture
def server(tmp_path):
    """Return a server with PostgreSQL (TLS alone) and Redis, both with a password."""
    with running(Postgres(tls=True)) as postgres, running(Redis()) as redis:
        postgres.run("CREATE DATABASE igny8")
        postgres.run("CREATE DATABASE trial")
        found = Server(tmp_path, postgres, redis)
        yield found
        found.stop()


def is_answered(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.skipif(
    os.getuid() != 0 or not all(map(find_program, PROGRAMS[1:])), reason="not a Debian root"
)
def test_server_is_set_up_as_the_guide_says(server):
    server.run("sh /opt/igny8/docs/deploy/setup.sh")
    database = f"postgresql://igny8@127.0.0.1:{server.postgres.port}"
    server.fill_in(
        DATABASE_URL=f"{database}/igny8?sslmode=require",
        DATABASE_PASSWORD=PASSWORD,
        HUEY_URL=f"redis://127.0.0.1:{server.redis.port}/0",
        HUEY_PASSWORD=PASSWORD,
        IGNY8_PUBLIC_URL="https://tools.example.org/igny8",
        IGNY8_PORT=str(server.port),
        WEB_CONCURRENCY="1",
    )
    server.run("igny8-env igny8 db upgrade")
    for unit in ("igny8-web.service", "igny8-worker.service", "igny8-worker.service"):
        server.start(unit)
    link = server.run("igny8-env igny8 setup-link")
    assert "https://tools.example.org/igny8/setup?token=" in link
    local = f"http://127.0.0.1:{server.port}"
    until(lambda: is_answered(f"{local}/health/ready"), 60, "the pages")
    check_nginx(server)
    check_metrics(server, local)
    archive = server.run_backup()
    check_restore(server, archive, f"{database}/trial?sslmode=require")


def check_nginx(server) -> None:
    """Open pages through nginx with TLS, as the file for a path of a host says."""
    file = (server.code / "docs/deploy/nginx-path.conf").read_text()
    unverified = ssl._create_unverified_context()

    def status(path: str) -> tuple[int, str | None]:
        connection = http.client.HTTPSConnection("127.0.0.1", nginx.port, context=unverified)
        connection.request("GET", path, headers={"Host": "tools.example.org"})
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.headers["X-IGNY8"]

    with running(Nginx(file, server.port)) as nginx:
        assert status("/igny8/login") == (200, "1")
        assert status("/igny8") == (301, None)
        assert status("/igny8/metrics") == (404, None)


def check_metrics(server, local: str) -> None:
    asked = urllib.request.Request(
        f"{local}/metrics",
        headers={"Authorization": f"Bearer {server.setting('IGNY8_METRICS_TOKEN')}"},
    )

    def slots() -> float:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return next(f for f in families if f.name == "igny8_worker_slots").samples[0].value

    until(lambda: slots() == 8, 60, "two workers of four items each")


def check_restore(server, archive: Path, database: str) -> None:
    line = (
        "igny8-env DATABASE_URL=postgresql://igny8@127.0.0.1/trial IGNY8_DATA_DIR=/tmp/trial igny8"
    )
    here = f"igny8-env DATABASE_URL='{database}' IGNY8_DATA_DIR={server.folder}/trial igny8"
    server.run(f"{here} restore {archive}", documented=f"{line} restore")
