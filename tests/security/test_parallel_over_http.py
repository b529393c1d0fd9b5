"""Twenty requests for the same new thing at once are answered politely by a running product."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.security.outside import Visitor

PARALLEL = 20
SERVER = {
    "server_name": "Same",
    "base_url": "http://127.0.0.1:9/v1",
    "chat_model": "small",
    "concurrent": "3",
    "per_minute": "60",
}
PRICE = {"pattern": "same*", "tokens_in": "1", "tokens_out": "2", "image": "3"}
FORMS = {
    "prompts": ("settings/prompts/role", {"text": "You are a gardener.", "do": "save"}),
    "prices": ("settings/prices", PRICE),
    "price removed": ("settings/prices/remove", {"pattern": "same*"}),
    "servers": ("settings/models/servers/new", SERVER),
    "invitations": ("settings/people/invite", {"role": "viewer"}),
    "imports": ("import", {"text": "garden shed\ngarden pond"}),
    "settings": ("settings/models", {}),
}


@pytest.fixture(scope="module")
def slug(product) -> str:
    return Visitor(product.address, product.cookies()).new_site("Parallel")


@pytest.mark.parametrize("name", FORMS)
def test_parallel_forms_are_answered_without_an_error(product, slug, name):
    path, fields = FORMS[name]
    start = Barrier(PARALLEL)

    def post(_: int) -> int:
        guest = Visitor(product.address, product.cookies())
        fields_with_token = {"csrf_token": guest.token(), **fields}
        start.wait(60)
        return guest.post(f"/sites/{slug}/{path}", fields_with_token).status

    with ThreadPoolExecutor(PARALLEL) as pool:
        statuses = list(pool.map(post, range(PARALLEL)))
    assert all(status < 500 for status in statuses), statuses
    assert "level=ERROR" not in product.written
