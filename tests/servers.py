"""Real servers for tests: PostgreSQL and Redis on free ports with temporary data, ended by their pid."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.waiting import until

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
}
# Outlives its processes, whenever they are killed, though not the machine: nobody cuts the power here.
SAFE = {"fsync": "off", "max_connections": "300", "shared_buffers": "64MB"}


# Every character that means something in an address: both servers ask for this password.
PASSWORD = "p@ss/w#o:r%d+1 ?&="
QUOTED_PASSWORD = quote(PASSWORD, safe="")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name: str) -> str | None:
    """Return where a program is, also one for administrators alone; None if it is not installed."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name)
    )
    return versions[-1].parent if versions else None


def memory() -> str | None:
    """Return a folder that lies in memory, None where there is none with room for some hundred small databases."""
    folder = "/dev/shm"
    try:
        return folder if shutil.disk_usage(folder).free > 4 * 2**30 else None
    except OSError:
        return None


class Postgres:
    """One PostgreSQL server on 127.0.0.1, or on the `address` of a network namespace that `within` enters; as root
    it runs as the user postgres, as it demands.
    """

    def __init__(
        self,
        durable: bool = False,
        address: str = "127.0.0.1",
        within: tuple = (),
        tls: bool = False,
    ):
        self.programs, self.port, self.process = postgres_programs(), free_port(), None
        self.address, self.within = address, within
        self.user = "postgres" if os.getuid() == 0 else None
        self.settings = SAFE if durable else FAST
        self.home = tempfile.TemporaryDirectory(prefix="igny8-postgres-", dir=memory())
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home.name, entry.pw_uid, entry.pw_gid)
        password_file = Path(self.home.name, "password")
        password_file.write_text(PASSWORD, encoding="utf-8")
        if self.user:
            os.chown(password_file, entry.pw_uid, entry.pw_gid)
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "igny8",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        if tls:
            self._use_tls()

    def _use_tls(self) -> None:
        """Accept connections with TLS alone, with a certificate that is its own."""
        files = [Path(self.data, name) for name in ("server.crt", "server.key")]
        make_certificate(*map(str, files))
        for file in files:
            if self.user:
                shutil.chown(file, self.user, self.user)
            file.chmod(0o600)
        rules = Path(self.data, "pg_hba.conf")
        rules.write_text("hostssl all all all scram-sha-256\n")
        self.settings = {**self.settings, "ssl": "on"}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        command = [
            self.programs / "postgres",
            "-D",
            self.data,
            "-p",
            str(self.port),
            f"-clisten_addresses={self.address}",
            "-cunix_socket_directories=",
            *options,
        ]
        user = None if self.within else self.user
        if self.within:  # only root enters a namespace, and postgres refuses to be root
            command = [
                *self.within,
                "setpriv",
                f"--reuid={self.user}",
                f"--regid={self.user}",
                "--init-groups",
                *command,
            ]
            with open(f"{self.data}/pg_hba.conf", "a") as file:
                file.write("host all all samenet scram-sha-256\n")
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
        )
        until(self._answers, 30, "PostgreSQL answering")

    @property
    def data(self) -> str:
        """Return the folder of its data; the server itself may write nowhere else."""
        return f"{self.home.name}/data"

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop the server: SIGINT is fast, SIGQUIT is immediate, as after a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def url(self, database: str) -> str:
        """Return the address of a database as DATABASE_URL takes it."""
        return f"postgresql+psycopg://igny8:{QUOTED_PASSWORD}@{self.address}:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """Carry out one statement outside any transaction."""
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            check=True,
            capture_output=True,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            cwd="/",
        )


class Redis:
    """One Redis server on 127.0.0.1, or on another address, that keeps nothing on disk."""

    def __init__(self, address: str = "127.0.0.1", within: tuple = ()):
        self.home, self.port, self.process = (
            tempfile.TemporaryDirectory(prefix="igny8-redis-"),
            free_port(),
            None,
        )
        self.address, self.within = address, within

    @property
    def url(self) -> str:
        return f"redis://:{QUOTED_PASSWORD}@{self.address}:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.process = subprocess.Popen(
            [
                *self.within,
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                self.address,
                "--save",
                "",
                "--appendonly",
                "no",
                "--requirepass",
                PASSWORD,
            ],
            cwd=self.home.name,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, 30, "Redis answering")

    def stop(self) -> None:
        """End the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None

    def flush(self) -> None:
        """Empty it."""
        with socket.create_connection((self.address, self.port), 5) as line:
            for command in (f'AUTH "{PASSWORD}"', "FLUSHALL"):
                line.sendall(f"{command}\r\n".encode())
                if not line.recv(64).startswith(b"+OK"):
                    raise RuntimeError(f"Redis refused {command.split()[0]}")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.address, self.port)) == 0


class PgBouncer:
    """One PgBouncer in transaction mode before a PostgreSQL server; few connections serve all clients."""

    def __init__(self, server: Postgres, connections: int = 4):
        self.home, self.port, self.process = (
            tempfile.TemporaryDirectory(prefix="igny8-pgbouncer-"),
            free_port(),
            None,
        )
        self.server, self.connections = server, connections

    def start(self) -> None:
        """Start it and wait until it listens."""
        users = Path(self.home.name, "users.txt")
        users.write_text(f'"igny8" "{PASSWORD}"\n')
        file = Path(self.home.name, "pgbouncer.ini")
        file.write_text(
            PGBOUNCER.format(
                server=self.server, port=self.port, users=users, connections=self.connections
            )
        )
        user = []
        if self.server.user:  # it refuses to be root
            entry = pwd.getpwnam(self.server.user)
            for path in (self.home.name, users, file):
                os.chown(path, entry.pw_uid, entry.pw_gid)
            user = ["-u", self.server.user]
        self.process = subprocess.Popen(
            [find_program("pgbouncer"), "-q", *user, file],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: is_listening(self.port), 20, "PgBouncer listening")

    def url(self, database: str) -> str:
        """Return the address of a database through it."""
        return self.server.url(database).replace(f":{self.server.port}/", f":{self.port}/")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)


PGBOUNCER = """
[databases]
* = host={server.address} port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
"""


class Nginx:
    """One nginx on 127.0.0.1 with a file of docs/deploy: its port, certificate and server are replaced."""

    def __init__(self, config: str, backend_port: int):
        self.home = tempfile.TemporaryDirectory(prefix="igny8-nginx-")
        self.port, self.backend_port, self.process = free_port(), backend_port, None
        self.config = config

    @property
    def certificate(self) -> str:
        return f"{self.home.name}/igny8.pem"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        key = self.certificate.replace(".pem", ".key")
        make_certificate(self.certificate, key)
        config = (
            self.config.replace("listen 443", f"listen 127.0.0.1:{self.port}")
            .replace("/etc/ssl/igny8.pem", self.certificate)
            .replace("/etc/ssl/igny8.key", key)
            .replace("127.0.0.1:8008", f"127.0.0.1:{self.backend_port}")
        )
        file = Path(self.home.name, "nginx.conf")
        file.write_text(NGINX_FRAME.format(home=self.home.name, config=config))
        self.process = subprocess.Popen(
            [
                find_program("nginx"),
                "-p",
                self.home.name,
                "-c",
                file,
                "-e",
                f"{self.home.name}/error.log",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: is_listening(self.port), 20, "nginx listening")

    def stop(self) -> None:
        """End the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)


NGINX_FRAME = """
daemon off;
master_process off;
pid {home}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    {config}
}}
"""


def make_certificate(certificate: str, key: str, name: str = "localhost") -> None:
    """Write a self-signed certificate and its key, which nobody else may read."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [*command.split(), "-subj", f"/CN={name}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )


def is_listening(port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(server):
    """Start a server, lend it, then stop it and remove its data, whatever happens."""
    with server.home:
        try:
            server.start()
            yield server
        finally:
            server.stop()
