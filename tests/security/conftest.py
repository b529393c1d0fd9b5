"""The cast: an administrator, the owner of a garden, members of it with each role, and a stranger with a site."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from igny8.extensions import writing
from igny8.models import Site
from tests.factories import make_site, make_user, sign_in
from tests.web.conftest import Visitor, fill

PASSWORD = "green wheelbarrow tuesday"


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
    app.test_client_class = Visitor
    return app


@pytest.fixture
def cast(app):
    """Return the cast, on two sites: the garden with a bit of everything, and the stranger's own."""
    with writing() as tx:
        garden = Site.create(tx, "Green Garden", "green-garden")
        fill(tx, garden, Path(app.config["SETTINGS"].images))
    make_site("elsewhere")
    ids = {"admin": make_user("admin", is_admin=True),
           "stranger": make_user("stranger", elsewhere="administrator"),
           **{role: make_user(role, green_garden=role) for role in ("viewer", "editor", "reviewer", "administrator")}}
    return Cast(app, ids)
