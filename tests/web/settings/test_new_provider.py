"""A new kind of provider needs its module and its line in the register, nothing else."""

import sys
from types import ModuleType

import pytest
from sqlalchemy import select

from igny8.engine.billing.providers import Providers, find_access
from igny8.extensions import read_transaction
from igny8.models import ProviderEndpoint
from igny8.providers import register
from igny8.providers.base import ConnectionReport
from igny8.stages.provider_choice import resolve_providers
from tests.web.settings.test_models import KEY, PAGE, SERVER, STAGES

ADDRESS = "https://api.made-up.example/v2"


@pytest.fixture
def made_up(monkeypatch):
    """Register a kind of provider with servers and keys of its own; return what it was asked."""
    asked = []
    module = ModuleType("made_up_provider")
    module.make = lambda endpoint: asked.append(endpoint) or "the provider"
    module.check_connection = lambda endpoint: (
        asked.append(endpoint) or ConnectionReport(True, "It answers.", ("quill",))
    )
    monkeypatch.setitem(sys.modules, "made_up_provider", module)
    kind = register.ProviderKind(
        "made-up",
        "made_up_provider",
        addresses=("https://api.made-up.example/",),
        connection_test="made_up_provider",
    )
    monkeypatch.setattr(register, "PROVIDERS", (*register.PROVIDERS, kind))
    return asked


def test_new_provider_is_connected_chosen_and_given_its_key(client, site, made_up):
    client.post(f"{PAGE}/servers/new", data=SERVER | {"base_url": ADDRESS})
    with read_transaction() as tx:
        server = tx.execute(select(ProviderEndpoint.id)).scalar_one()
    assert "It answers." in client.post(f"{PAGE}/servers/{server}/test").text
    client.post(PAGE, data=STAGES | {"provider_write": str(server)})
    with read_transaction() as tx:
        choice = resolve_providers(tx, site).providers["write"]
        access = find_access(tx, site, choice)
    assert choice["provider"] == "made-up"
    assert Providers(None).get(access, choice) == "the provider"
    assert [(asked.base_url, asked.api_key) for asked in made_up] == [(ADDRESS, KEY)] * 2


def test_kind_that_is_not_registered_has_no_access(app, site):
    choice = {"provider": "made-up", "endpoint": None, "model": "quill"}
    with read_transaction() as tx:
        assert find_access(tx, site, choice) is None
