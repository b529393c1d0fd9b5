"""Webhooks are signed as the specification of Standard Webhooks says."""

import json

import pytest

from igny8.outbound.allowlist import Allowlist
from igny8.publishing.requests import make_target_client
from igny8.publishing.webhook import decode_secret, deliver, new_secret, sign
from tests.node import packages
from tests.publishing.http_server import Reply, serving


def test_message_has_the_signature_of_the_specification():
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_fresh_secret_is_valid_and_a_short_one_is_not():
    assert len(decode_secret(new_secret())) == 32 and new_secret() != new_secret()
    for wrong in ("whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", ""):
        with pytest.raises(ValueError):
            decode_secret(wrong)


@pytest.mark.skipif(bool(packages.why_not()), reason=packages.why_not())
def test_library_of_standard_webhooks_verifies_what_was_delivered():
    received, secret = [], new_secret()

    def answer(request):
        received.append(request)
        return Reply(204)

    with serving(answer) as url, make_target_client(Allowlist.of("127.0.0.1")) as http:
        deliver(http, str, url, secret, "msg_1", {"type": "article.published", "title": "Grüße"})
    [request] = received
    told = {"secret": secret, "headers": request.headers, "body": request.body.decode()}
    assert verified(told) == {"type": "article.published"}
    assert "error" in verified(told | {"body": told["body"].replace("Grüße", "Gruesse")})
    assert "error" in verified(told | {"secret": new_secret()})


def verified(told: dict) -> dict:
    """Return what the library says of a message."""
    return json.loads(packages.run_node(packages.HERE / "verify.cjs", typed=json.dumps(told)))
