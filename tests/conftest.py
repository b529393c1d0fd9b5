"""The fixed cast: an app on a real database file, a site, and somebody who does the work."""

import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask_migrate import upgrade
from hypothesis import settings
from jinja2 import BytecodeCache
from playwright.sync_api import sync_playwright
from sqlalchemy import update
from werkzeug.routing import Rule

from igny8 import clock, config, create_app
from igny8.engine.billing.providers import Providers
from igny8.engine.work import claims, recovery, tools, worker_loop
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import CircuitBreaker, Run, Site
from tests.factories import make_site
from tests.fakes import FakeProvider
from tests.servers import Postgres, memory, postgres_programs, running

# Every test of the app runs on both, where PostgreSQL is installed; TEST_DATABASES=sqlite is for a quick look.
HERE = "sqlite postgresql" if postgres_programs() or os.environ.get("CI") == "true" else "sqlite"
DATABASES = os.environ.get("TEST_DATABASES", HERE).split()
NUMBERS = itertools.count(1)
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "database",
    [
        pytest.param(
            "postgresql",
            marks=pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL here"),
        )
    ],
    indirect=True,
)

# The same examples every time; HYPOTHESIS_PROFILE=wild looks for new ones.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("wild", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


# Temporary data lies in memory where there is room for it; each database is made anew, and none is to outlive a test.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory() or tempfile.gettempdir())


CHROMIUM = (
    shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
]
SECRET = "only-for-the-tests-0123456789"


# Nearly all of what making an app costs is the compiling of its addresses; apps of one process share them.
builders, compile_builder = {}, Rule._compile_builder


def shared_builder(rule, append_unknown: bool = True):
    """Return what builds the addresses of a rule, which is the same for the same rule of another app."""
    key = (
        rule.rule,
        tuple(rule._trace),
        tuple(sorted((rule.defaults or {}).items())),
        append_unknown,
    )
    if key not in builders:
        builders[key] = compile_builder(rule, append_unknown)
    return builders[key]


Rule._compile_builder = shared_builder


class Compiled(BytecodeCache):
    """The templates that an app of this process has compiled, for those that come after it."""

    def __init__(self):
        self.codes = {}

    def load_bytecode(self, bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
FIRST: dict = {}


def share_statements(app) -> None:
    """Let the engines of this process that speak one dialect share the statements that they have compiled."""
    with app.app_context():
        engine = db.engine
        if engine.dialect.name not in FIRST:
            engine.connect().close()  # what a dialect knows of its server it learns with the first connection
    first = FIRST.setdefault(engine.dialect.name, engine)
    engine.pool._dialect = first.dialect
    for one in (engine, app.extensions["igny8.writer"], app.extensions["igny8.reader"]):
        one.dialect, one._compiled_cache = first.dialect, first._compiled_cache


def settings_in(folder, database_url: str = "") -> config.Config:
    """Return the settings of an installation that lives in this folder."""
    return config.load(
        {
            "IGNY8_DATA_DIR": str(folder),
            "IGNY8_SECRET_KEY": SECRET,
            "DATABASE_URL": database_url,
            "IGNY8_OUTBOUND_ALLOW": "127.0.0.1",
        }
    )


def make_app(folder, database_url: str = ""):
    """Return an app on the data of this folder, with what an earlier app remembered forgotten."""
    claims.clear_caches()
    tools._results.clear()
    app = create_app(settings_in(folder, database_url))
    app.config["TESTING"] = True
    app.jinja_env.bytecode_cache = COMPILED
    share_statements(app)
    return app


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Return a database file with all tables and no rows."""
    folder = tmp_path_factory.mktemp("migrated")
    app = make_app(folder)
    with app.app_context():
        upgrade(directory=app.config["MIGRATIONS"])
        db.engine.dispose()
    return folder / "igny8.db"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """Return a PostgreSQL server with a database “migrated” that has all tables and no rows."""
    with running(Postgres()) as server:
        server.run("CREATE DATABASE migrated")
        app = make_app(tmp_path_factory.mktemp("migrated_there"), server.url("migrated"))
        with app.app_context():
            upgrade(directory=app.config["MIGRATIONS"])
            db.engine.dispose()
        yield server


class SqliteFile:
    """A database with all tables: a file in the data folder."""

    url = ""

    def __init__(self, migrated, folder):
        self.migrated, self.where = migrated, folder / "igny8.db"
        self.renew()

    def renew(self) -> None:
        """Make it empty, as it was in the beginning; nobody is connected."""
        for path in self.where.parent.glob("igny8.db*"):
            path.unlink()
        shutil.copyfile(self.migrated, self.where)


class PostgresDatabase:
    """A database with all tables on a PostgreSQL server."""

    def __init__(self, server):
        self.server, self.name = server, f"test_{next(NUMBERS)}"
        self.url = self.where = server.url(self.name)
        self.renew()

    def renew(self) -> None:
        """Make it empty, as it was in the beginning; nobody is connected."""
        self.server.run(f"DROP DATABASE IF EXISTS {self.name}")
        self.server.run(f"CREATE DATABASE {self.name} TEMPLATE migrated STRATEGY file_copy")


@pytest.fixture(params=DATABASES)
def database(request, tmp_path):
    """Return a fresh database of either kind."""
    if request.param == "sqlite":
        yield SqliteFile(request.getfixturevalue("migrated"), tmp_path)
        return
    server = request.getfixturevalue("postgres")
    found = PostgresDatabase(server)
    yield found
    server.run(f"DROP DATABASE IF EXISTS {found.name} WITH (FORCE)")


@pytest.fixture
def app(database, tmp_path):
    """Return an app, its context pushed, on a fresh database of its own, of either kind."""
    app = make_app(tmp_path, database.url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def file(app, database):
    """Return where the app's database is, for who looks from outside: a path, or an address."""
    return database.where


@pytest.fixture
def site(app):
    """Return the row of a site that has nothing in it."""
    site_id = make_site("green")
    with read_transaction() as tx:
        return Site.find(site_id, tx)


@dataclass
class InlineWorker:
    """Who does the work, in this process: a heartbeat, the tools, a fake provider and a clock to turn."""

    app: object
    provider: FakeProvider = field(default_factory=FakeProvider)

    def __post_init__(self):
        self.engines = Providers(self.provider)
        self.heartbeat = recovery.Heartbeat(1, "test")
        self._recovery = recovery.Recovery(self.heartbeat)
        self._recovery.start()

    def tools_for(self, batch):
        self.engines.built_in = self.provider
        return tools.Tools(batch, self.app.config["SETTINGS"].images, self.engines)

    def sweep(self) -> bool:
        """Run the recovery sweep once; return whether anything changed."""
        return self._recovery.sweep()

    def claim(self):
        """Return the next claim, or None."""
        return claims.claim(self.heartbeat.worker_id)

    def answers(self, batch) -> dict:
        """Return what the stage answers for a batch, unsettled."""
        return worker_loop._process(batch, self.tools_for(batch))[0]

    def process(self, batch) -> bool:
        """Carry out a batch."""
        return worker_loop.process_claim(batch, self.tools_for(batch))

    def close_circuit_breakers(self) -> None:
        """Open the gates that are shut, as time does."""
        with write_transaction() as tx:
            tx.execute(
                update(CircuitBreaker).values(open_until=None, open_count=0, probe_until=None)
            )

    def drain(self, provider=None) -> None:
        """Work until nothing can be taken any more."""
        self.provider = provider or self.provider
        while (
            worker_loop.run_worker(self.heartbeat, self.tools_for) or not self.heartbeat.is_healthy
        ):
            self.heartbeat.send()  # nobody else does; a grouping on a busy machine may outlast three beats


@pytest.fixture
def inline_worker(app):
    """Return the crew that works in this process."""
    return InlineWorker(app)


@pytest.fixture
def drain(inline_worker):
    """Return a function that works until nothing can be taken any more."""
    return inline_worker.drain


@pytest.fixture
def hours_later(monkeypatch):
    """Return a function that lets the wall clock jump; the monotonic clock goes on as ever."""
    real, gone = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + gone[0])

    def jump(seconds: float) -> None:
        gone[0] += timedelta(seconds=seconds)

    return jump


@pytest.fixture
def run_of(site):
    """Return a function that reads the site's latest run, or the one with this public id."""

    def read(public_id=None, site_id=site.id):
        with read_transaction() as tx:
            return Run.find(tx, site_id, public_id)

    return read


@pytest.fixture(scope="session")
def chromium():
    """Return a running browser; one a process, for Playwright bears no second."""
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
