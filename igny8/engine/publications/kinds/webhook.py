"""Webhook: one message per article and version, with the same id for every attempt."""

from sqlalchemy import Row

from igny8.engine.publications.kinds.base import (
    SECRET,
    Field,
    Kind,
    TargetTestContext,
    TargetTestResult,
    log_nothing,
)
from igny8.engine.publications.work import Work
from igny8.publishing import webhook
from igny8.publishing.requests import make_target_client

INVALID_KEY = (
    "Enter a secret that begins with whsec_, followed by 24 to 64 bytes in Base64, as your "
    "receiver shows it; or copy the suggested one into your receiver."
)


def publish(work: Work) -> None:
    """Deliver the article, or its removal; raise TargetError if the receiver did not accept it."""
    wanted = "remove" if work.is_removal else work.claim.wanted
    message_id = f"msg_{work.claim.marker}_{work.version[:16]}_{wanted}"
    keys = {"id": work.claim.marker, "version": work.version[:16]}
    site = {"name": work.site.name, "url": work.site.url}
    payload = webhook.document(work.text, wanted, site, keys)
    work.intend("send", message_id=message_id)
    with make_target_client(work.allowed) as http:
        url = webhook.deliver(http, work.log, work.target.url, work.secret, message_id, payload)
    work.store("sent", remote_id=message_id, remote_url=url or work.state["remote_url"])
    row = {"name": "Receiver", "ok": True, "note": "accepted the message"}
    if work.is_removal:
        work.settle_removed(proof=[row])
        return
    work.settle(proof=[row])


def _test(target: Row, secret: str, context: TargetTestContext) -> TargetTestResult:
    payload = webhook.test_document({"name": context.site.name, "url": context.site.url})
    with make_target_client(context.allowed) as http:
        webhook.deliver(http, log_nothing, target.url, secret, context.message_id, payload)
    return TargetTestResult(True, "The receiver accepted the test message.")


def _check_secret(secret: str) -> str:
    try:
        webhook.decode_secret(secret)
    except ValueError as error:
        raise ValueError(INVALID_KEY) from error
    return secret


KIND = Kind(
    name="webhook",
    label="Webhook",
    noun="webhook",
    example_name="My automation",
    fields=(
        Field(
            "target_url",
            "Address",
            "The webhook address that n8n, Make, Zapier or your own site shows.",
            type="web",
            what="the address that your receiver shows",
            max_chars=300,
            placeholder="https://www.example.com",
        ),
        Field(
            SECRET,
            "Secret",
            "Copy it into your receiver, which checks the signature with it (Standard Webhooks). "
            "It is stored encrypted and never shown again.",
            type=SECRET,
            what="a secret",
            check=_check_secret,
            suggest=webhook.new_secret,
        ),
    ),
    publish=publish,
    unpublish=publish,
    test=_test,
    test_label="Send a test",
)
