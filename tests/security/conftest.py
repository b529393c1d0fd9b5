"""Two ways to attack: a started product, one a process and database, from outside; and in this process, with a cast:
an administrator, the owner of a garden, members of it with each role, and a stranger with a site.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from igny8.extensions import write_transaction
from igny8.models import Site
from tests.conftest import DATABASES, PostgresDatabase
from tests.factories import make_site, make_user, sign_in
from tests.providers.openai_compatible.server import model_server
from tests.security import rules
from tests.security.outside import Stronghold, Visitor
from tests.web.conftest import Visitor as Client
from tests.web.conftest import fill

PASSWORD = "green wheelbarrow tuesday"


@contextmanager
def started(folder, **environ):
    """Lend a product in a folder, and stop it."""
    product = Stronghold(folder, **{"IGNY8_OUTBOUND_ALLOW": "127.0.0.1", **environ})
    product.start()
    try:
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="session")
def sqlite_product(tmp_path_factory):
    """Return a started product on SQLite; all files of this process share it."""
    with started(tmp_path_factory.mktemp("stronghold") / "var") as found:
        yield found


@pytest.fixture(scope="session")
def postgresql_product(tmp_path_factory, postgres):
    """Return a started product on PostgreSQL; all files of this process share it."""
    with started(
        tmp_path_factory.mktemp("stronghold") / "var", DATABASE_URL=PostgresDatabase(postgres).url
    ) as found:
        yield found


@pytest.fixture(scope="module", params=DATABASES)
def product(request):
    """Return a started product on either database; its sites are of all files, its log and its administrator of one."""
    return request.getfixturevalue(f"{request.param}_product").lent_to(
        request.module.__name__.rsplit(".", 1)[1]
    )


@contextmanager
def damaged_site(product, name: str):
    """Lend a product with a site whose stored settings make no sense, so that its pages fail; mend it afterwards."""
    Visitor(product.address, product.cookies()).new_site(name)
    where = f"WHERE site_id = (SELECT id FROM site WHERE slug = '{name.lower()}')"
    assert product.spoil(f"UPDATE site_settings SET engines = '[0]' {where}") == 1
    try:
        yield product
    finally:
        product.spoil(f"UPDATE site_settings SET engines = '{{}}' {where}")


@pytest.fixture(scope="module")
def model():
    """Return a scripted model server."""
    with model_server() as server:
        yield server


@pytest.fixture(autouse=True)
def rule_off(monkeypatch):
    """Let one rule be off where the environment names it: to see that a test notices (rules.py)."""
    rules.turn_off(monkeypatch)


@dataclass
class Cast:
    """Who comes to the door; `enter` returns a client that is signed in as one of them, or as nobody."""

    app: object
    ids: dict[str, int]

    def enter(self, name: str | None = None, **options):
        client = self.app.test_client(**options)
        return sign_in(client, self.ids[name]) if name else client


@pytest.fixture
def app(app):
    """Return the app as it is started, but for the token of forms, which has tests of its own."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Client
    return app


@pytest.fixture
def cast(app):
    """Return the cast, on two sites: the garden with a bit of everything, and the stranger's own."""
    with write_transaction() as tx:
        garden = Site.create(tx, "Green Garden", "green-garden")
        fill(tx, garden, Path(app.config["SETTINGS"].images))
    make_site("elsewhere")
    ids = {
        "admin": make_user("admin", is_admin=True),
        "stranger": make_user("stranger", elsewhere="administrator"),
        **{
            role: make_user(role, green_garden=role)
            for role in ("viewer", "editor", "reviewer", "administrator")
        },
    }
    return Cast(app, ids)
