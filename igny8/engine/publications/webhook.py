"""Publish to a webhook: one message per text and version, with the same id however often."""

from igny8.engine.publications.work import Work
from igny8.publishing import webhook
from igny8.publishing.requests import make_target_client


def publish(work: Work) -> None:
    """Deliver the text; raise TargetError when the receiver did not take it."""
    message_id = f"msg_{work.claim.marker}_{work.version[:16]}_{work.claim.wanted}"
    keys = {"id": work.claim.marker, "version": work.version[:16]}
    site = {"name": work.site.name, "url": work.site.url}
    told = webhook.document(work.text, work.claim.wanted, site, keys)
    work.intend("send", message_id=message_id)
    with make_target_client(work.allowed) as http:
        url = webhook.deliver(http, work.log, work.target.url, work.secret, message_id, told)
    work.store("sent", remote_id=message_id, remote_url=url or work.state["remote_url"])
    work.settle(proof=[{"name": "Receiver", "ok": True, "note": "accepted the message"}])
