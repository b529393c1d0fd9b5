"""The API as its description says, and as nobody would ask it: schemathesis asks, the running product answers."""

import itertools

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from igny8 import config
from igny8.app import create_app
from igny8.extensions import write_transaction
from igny8.models import ApiToken
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
def ran(product):
    """Return (product, a run that ended): a product with a site that ran once."""
    visitor = Visitor(product.address, product.cookies())
    slug = visitor.new_site("Fuzzed")
    visitor.take_in(slug, ["garden shed", "garden pond", "garden bench"])
    return product, visitor.run(slug)["run"]["run_id"]


@pytest.fixture(scope="module")
def there(product):
    """Return an app on the product's database."""
    return create_app(config.load(product.environ))


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
    product, run_id = ran
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
                    case.query["run_id"] = run_id
            answer = case.call(base_url=product.address, headers=headers)
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


def test_fuzzed_requests_are_no_server_errors(ran):
    assert "level=ERROR" not in ran[0].written


@pytest.mark.parametrize("name", OPERATIONS)
def test_ordinary_request_matches_the_description(ran, headers, name):
    product, run_id = ran
    operation = OPERATIONS[name]
    known = {"site_id": "fuzzed"} if "run_now" in name else {"site_id": "fuzzed", "run_id": run_id}
    extra = {"text": "garden gate", "target_id": "1", "reason": "fuzz"}
    case = operation.Case(
        query=known | extra if needs_site(name) else {},
        path_parameters={"row_id": 1} if "row_id" in name else {},
    )
    answer = case.call(base_url=product.address, headers=headers)
    done = {int(code) for code in operation.definition.raw["responses"] if code.startswith("2")}
    assert answer.status_code in (done | {409} if name.startswith("POST") else {200}), answer.text
    case.validate_response(answer, checks=CHECKS)
