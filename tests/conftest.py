"""Shared fixtures: an app on a real database, a site, a worker and a browser."""

import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from jinja2 import BytecodeCache
from playwright.sync_api import sync_playwright
from sqlalchemy import update
from werkzeug.routing import Rule

from igny8 import clock, config
from igny8.app import create_app
from igny8.engine.billing.providers import Providers
from igny8.engine.work import claims, recovery, tools, worker_loop
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import CircuitBreaker, Run, Site
from igny8.upkeep.migrations import upgrade
from tests.factories import make_site
from tests.fakes import FakeProvider
from tests.servers import Postgres, memory, postgres_programs, running

# TEST_DATABASES=sqlite is for a quick look.
INSTALLED = (
    "sqlite postgresql" if postgres_programs() or os.environ.get("CI") == "true" else "sqlite"
)
DATABASES = os.environ.get("TEST_DATABASES", INSTALLED).split()
NUMBERS = itertools.count(1)
ON_BOTH_DATABASES = ("engine", "models", "upkeep", "progress", "chaos")  # folders of tests
HERE_FOLDER = Path(__file__).parent
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


# Temporary data is kept in memory where there is room for it: no database has to outlive a test.
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


# Compiling URL rules is most of the cost of creating an app; apps of one process share them.
compiled_rules: dict = {}
compile_rule = Rule.compile
SHARED = ("_parts", "_trace", "_converters", "arguments")


def shared_compile(rule: Rule) -> None:
    """Compile a rule, or take over what an equal rule of another app was compiled to."""
    key = (
        *(rule.rule, rule.host, rule.subdomain, rule.merge_slashes, rule.map.host_matching),
        tuple(sorted((rule.defaults or {}).items())),
        tuple(rule.map.converters.items()),
    )
    if key not in compiled_rules:
        compile_rule(rule)
        builders = {name: getattr(rule, name).__func__ for name in ("_build", "_build_unknown")}
        compiled_rules[key] = {name: getattr(rule, name) for name in SHARED}, builders
    shared, builders = compiled_rules[key]
    for name, value in shared.items():
        setattr(rule, name, value)
    for name, function in builders.items():
        setattr(rule, name, function.__get__(rule, None))


Rule.compile = shared_compile


class Compiled(BytecodeCache):
    """Compiled templates, shared by all apps of this process."""

    def __init__(self):
        self.codes = {}

    def load_bytecode(self, bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
FIRST: dict = {}


def share_statements(app) -> None:
    """Share compiled statements between the database engines of one dialect in this process."""
    with app.app_context():
        engine = db.engine
        if engine.dialect.name not in FIRST:
            engine.connect().close()  # the dialect reads the server's properties on first connect
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
        upgrade()
        db.engine.dispose()
    return folder / "igny8.db"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """Return a PostgreSQL server with a database “migrated” that has all tables and no rows."""
    with running(Postgres()) as server:
        server.run("CREATE DATABASE migrated")
        app = make_app(tmp_path_factory.mktemp("migrated_there"), server.url("migrated"))
        with app.app_context():
            upgrade()
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


# A fingerprint of all columns, to find out whether a test changed the tables themselves.
POSTGRES_COLUMNS = """
    SELECT md5(string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid), ','
                          ORDER BY c.relname, a.attnum))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i', 'S') AND a.attnum > 0
"""
POSTGRES_EMPTY = """
    DO $$ DECLARE name text; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'initial' LOOP
            EXECUTE format('INSERT INTO public.%1$I SELECT * FROM initial.%1$I', name);
        END LOOP;
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
            PERFORM setval(format('%I', name)::regclass, 1, false);
        END LOOP;
    END $$
"""
# Keep the rows that the migrations inserted in a schema of their own.
POSTGRES_KEEP_INITIAL_ROWS = """
    CREATE SCHEMA initial;
    DO $$ DECLARE name text; is_filled bool; BEGIN
        FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO is_filled;
            IF is_filled THEN
                EXECUTE format('CREATE TABLE initial.%1$I AS TABLE public.%1$I', name);
            END IF;
        END LOOP;
    END $$
"""
POSTGRES_DISCONNECT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class PostgresDatabase:
    """A database with all tables on a PostgreSQL server."""

    def __init__(self, server):
        self.server, self.name = server, f"test_{next(NUMBERS)}"
        self.url = self.where = server.url(self.name)
        self._address = self.url.replace("postgresql+psycopg:", "postgresql:")
        self._columns = self._create()

    def renew(self) -> None:
        """Delete all rows; create the database again when a test changed its tables or version."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(POSTGRES_DISCONNECT)
            unchanged = self._fingerprint(connection) == self._columns
            if unchanged:
                connection.execute(POSTGRES_EMPTY)
        if not unchanged:
            self.drop()
            self._columns = self._create()

    def drop(self) -> None:
        self.server.run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _create(self) -> tuple:
        self.server.run(f"CREATE DATABASE {self.name} TEMPLATE migrated STRATEGY file_copy")
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(POSTGRES_KEEP_INITIAL_ROWS)
            return self._fingerprint(connection)

    @staticmethod
    def _fingerprint(connection) -> tuple:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return version, connection.execute(POSTGRES_COLUMNS).fetchone()


@pytest.fixture(scope="session")
def reused_postgres_database(postgres):
    """Return one database for all tests of this process, each of which finds it empty."""
    database = PostgresDatabase(postgres)
    yield database
    database.drop()


def pytest_generate_tests(metafunc):
    """Run a test of the app on both databases where they can differ, else on SQLite."""
    marked = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "database" in metafunc.fixturenames and "database" not in marked:
        folder = metafunc.definition.path.relative_to(HERE_FOLDER).parts[0]
        both = folder in ON_BOTH_DATABASES or metafunc.definition.get_closest_marker(
            "both_databases"
        )
        names = DATABASES if both else DATABASES[:1]
        metafunc.parametrize("database", names, indirect=True)


@pytest.fixture
def database(request, tmp_path):
    """Return an empty database of the kind that the test is run on."""
    if request.param == "sqlite":
        return SqliteFile(request.getfixturevalue("migrated"), tmp_path)
    database = request.getfixturevalue("reused_postgres_database")
    database.renew()
    return database


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
    """A worker in the process of the test, with a heartbeat, tools and a fake provider."""

    app: object
    provider: FakeProvider = field(default_factory=FakeProvider)

    def __post_init__(self):
        self.providers = Providers(self.provider)
        self.heartbeat = recovery.Heartbeat(1, "test")
        self._recovery = recovery.Recovery(self.heartbeat)
        self._recovery.start()

    def tools_for(self, batch):
        self.providers.built_in = self.provider
        return tools.Tools(batch, self.app.config["SETTINGS"].images, self.providers)

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
        """Close the open circuit breakers, as time does."""
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
            self.heartbeat.send()  # nothing else does, and grouping may outlast three intervals


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
