"""Test a publishing target: is it reachable, does it accept us, what can it do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from igny8.errors import ExternalError
from igny8.models.encryption import DecryptError, decrypt
from igny8.models.publishing_target import WEBHOOK, WORDPRESS
from igny8.outbound.allowlist import Allowlist
from igny8.publishing import webhook
from igny8.publishing.requests import make_target_client
from igny8.publishing.wordpress import check_access


@dataclass(frozen=True)
class TestResult:
    """What a test found out: a sentence, `notes` to it, and `facts` to store with the target."""

    ok: bool
    text: str
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def run_target_test(target: Row, site: Row, message_id: str, allowed: Allowlist) -> TestResult:
    """Return the result of a test of a target; `message_id` is that of a webhook's message."""
    if not target.encrypted_secret:
        return TestResult(False, "There is no secret. Enter it, save, then test again.")
    try:
        secret = decrypt(target.encrypted_secret)
        return TESTS[target.kind](target, site, secret, message_id, allowed)
    except (DecryptError, ExternalError) as error:
        return TestResult(False, str(error))


def _test_webhook(
    target: Row, site: Row, secret: str, message_id: str, allowed: Allowlist
) -> TestResult:
    told = webhook.test_document({"name": site.name, "url": site.url})
    with make_target_client(allowed) as http:
        webhook.deliver(http, _no_log, target.url, secret, message_id, told)
    return TestResult(True, "The receiver accepted the test message.")


def _test_wordpress(
    target: Row, site: Row, secret: str, message_id: str, allowed: Allowlist
) -> TestResult:
    with make_target_client(allowed) as http:
        found = check_access(http, _no_log, target.url, target.username, secret)
    seo = found.seo or "none that IGNY8 knows; search title and description are not sent"
    notes = [f"SEO plugin: {seo}."]
    if not found.can_create_terms:
        notes.append("This user cannot create categories; those that exist are used.")
    facts = {"root": found.root, "seo": found.seo}
    text = f"The connection works: “{found.user}” may publish posts and upload images."
    return TestResult(True, text, tuple(notes), facts)


def _no_log(line: str) -> None:
    """Log nothing: a test belongs to no publication."""


TESTS: dict[str, Callable[[Row, Row, str, str, Allowlist], TestResult]] = {
    WEBHOOK: _test_webhook,
    WORDPRESS: _test_wordpress,
}
