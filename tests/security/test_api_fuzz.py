"""The API as its description says, and as nobody would ask it: schemathesis asks, the running product answers."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from sqlalchemy import select

from igny8 import config
from igny8.app import create_app
from igny8.engine.clusters import edits
from igny8.extensions import write_transaction
from igny8.models import (
    ApiToken,
    Cluster,
    ClusterChange,
    Content,
    Idea,
    Keyword,
    PublishingTarget,
    Site,
)
from igny8.web.api.openapi import DOCUMENT
from tests.factories import make_user
from tests.security.outside import Visitor

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in SCHEMA.get_all_operations()
}
EXAMPLES = 20
NUMBERS = itertools.count(1)


def needs_site(name: str) -> bool:
    """Return whether an operation takes a site."""
    return "/sites/" not in name and "/token/" not in name


@pytest.fixture(scope="module")
def there(product):
    """Return an app on the product's database."""
    return create_app(config.load(product.environ))


@dataclass(frozen=True)
class Ran:
    """A product with a site “fuzzed” that ran once: the run, and an id of each kind of row."""

    product: Any
    run_id: str
    ids: dict[str, int]


@pytest.fixture(scope="module")
def ran(product, there):
    """Return a product whose site ran once, has a target, and a change of clusters to undo."""
    visitor = Visitor(product.address, product.cookies())
    slug = visitor.new_site("Fuzzed")
    visitor.take_in(slug, ["garden shed", "garden pond", "lawn mower"])
    run_id = visitor.run(slug)["run"]["run_id"]
    options = {"folder": str(product.folder / "published")}
    with there.app_context(), write_transaction() as tx:
        site_id = Site.find(slug, tx).id
        target = PublishingTarget.create(tx, site_id, "folder", None, name="Files", options=options)
        models = {"keywords": Keyword, "clusters": Cluster, "ideas": Idea, "articles": Content}
        ids = {
            name: tx.execute(select(model.id).filter_by(site_id=site_id).limit(1)).scalar_one()
            for name, model in models.items()
        }
        edits.rename(tx, site_id, ids["clusters"], "Named by hand", "Pillar", "owner")
        ids |= {"targets": target, "changes": ClusterChange.latest(tx, site_id).id}
    return Ran(product, run_id, ids)


@pytest.fixture(autouse=True)
def own_transport(monkeypatch):
    """Let requests send by itself: the product, in tests of this process, replaces its transport."""
    monkeypatch.setattr(requests.sessions, "HTTPAdapter", requests.adapters.HTTPAdapter)


@pytest.fixture
def headers(there):
    """Return what a program sends whose account has asked for nothing yet: no test uses up what another may ask."""
    with there.app_context():
        user_id = make_user(f"program {next(NUMBERS)}", is_admin=True)
        with write_transaction() as tx:
            token = ApiToken.create(tx, user_id, "fuzz", "all", may_decide=True)
            return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_api_response_matches_the_description(ran, headers, name, mode):
    operation = OPERATIONS[name]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        for known in (False, True):
            if (
                known and mode is GenerationMode.POSITIVE and needs_site(name)
            ):  # so that more is seen than 404
                case.query["site_id"] = "fuzzed"
                if "run_id" in (case.query or {}):
                    case.query["run_id"] = ran.run_id
                if "row_id" in case.path_parameters:
                    case.path_parameters["row_id"] = row_id(ran, name)
            answer = case.call(base_url=ran.product.address, headers=headers)
            assert (
                answer.status_code < 500 and answer.status_code != 429
            )  # which would say nothing of the question
            case.validate_response(answer, checks=CHECKS)

    ask()


CHECKS = [
    check
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    )
    for check in schemathesis.checks.CHECKS.get_by_names([name])
]


def test_fuzzed_requests_cause_no_server_errors(ran):
    assert "level=ERROR" not in ran.product.written


def row_id(ran: Ran, name: str) -> int:
    """Return the id of a row for an operation such as “POST /api/v1/ideas/{row_id}/”."""
    parts = name.split("/")
    kind = parts[parts.index("{row_id}") - 1]
    return ran.ids["articles" if kind == "changed" else kind]


@pytest.mark.parametrize("name", OPERATIONS)
def test_ordinary_request_matches_the_description(ran, headers, name):
    operation, ids = OPERATIONS[name], ran.ids
    known = {"site_id": "fuzzed"}
    if "run_now" not in name:
        known["run_id"] = ran.run_id
    extra = {"text": "garden gate", "target_id": str(ids["targets"]), "reason": "fuzz"}
    extra |= {"content_id": str(ids["articles"]), "keyword_ids": str(ids["keywords"])}
    extra |= {"into": str(ids["clusters"]), "name": "Apart", "fingerprint": "f" * 64}
    case = operation.Case(
        query=known | extra if needs_site(name) else {},
        path_parameters={"row_id": row_id(ran, name)} if "row_id" in name else {},
    )
    answer = case.call(base_url=ran.product.address, headers=headers)
    done = {int(code) for code in operation.definition.raw["responses"] if code.startswith("2")}
    assert answer.status_code in (done | {409} if name.startswith("POST") else {200}), answer.text
    case.validate_response(answer, checks=CHECKS)
