"""People are told each event once per channel, whatever dies in between."""

import json
import os
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from igny8 import jobs, progress
from igny8.engine.claim_lease import LostClaim
from igny8.engine.notifications import claims, worker
from igny8.engine.runs import run_states, start_run
from igny8.engine.work import recovery
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Delivery,
    Membership,
    Notification,
    NotificationChannel,
    Run,
    User,
)
from igny8.notifications import mail
from igny8.notifications.event_kinds import EVENT_KINDS
from igny8.publishing.webhook import new_secret, sign
from tests.factories import change_settings, make_keywords, make_user
from tests.fakes import FakeProvider, permanent
from tests.notifications.mail_server import serving_mail
from tests.notifications.postfix import POSTFIX, serving_postfix
from tests.publishing.http_server import Reply, serving

SECRET = new_secret()


class Killed(BaseException):
    """The process died here."""


class Hook:
    """Answers webhooks from a list in turn, the last one for ever; keeps what arrived."""

    def __init__(self):
        self.got, self.replies, self.url = [], [Reply(200)], ""

    def __call__(self, request) -> Reply:
        self.got.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def kept(self) -> dict[str, list[str]]:
        """Return the texts of the events by message id, as a receiver keeps them."""
        return {
            one.headers["webhook-id"]: [e["text"] for e in json.loads(one.body)["data"]["events"]]
            for one in self.got
        }


@pytest.fixture
def server(app):
    with serving_mail() as server:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail=server.settings())
        yield server


@pytest.fixture(scope="module")
def postfix():
    if POSTFIX is None and os.environ.get("CI") != "true":
        pytest.skip("postfix is not installed, or this is not root")
    with serving_postfix() as server:
        yield server


@pytest.fixture
def hook():
    hook = Hook()
    with serving(hook) as hook.url:
        yield hook


@pytest.fixture
def anna(site) -> int:
    return make_user("anna", green="viewer")


@pytest.fixture
def channel(site, anna):
    """Return a function that adds a channel of anna."""

    def add(kind="mail", address="anna@example.com", secret="", **values) -> int:
        with write_transaction() as tx:
            values = {"events": list(EVENT_KINDS), **values}
            return NotificationChannel.create(
                tx, site.id, anna, secret, kind=kind, address=address, **values
            )

    return add


@pytest.fixture
def run(site, drain):
    """Return a function that takes a run over eight keywords to its end."""

    def go(provider=None):
        make_keywords(site.id, 8)
        start_run.start_run(site.id)
        drain(provider)

    return go


def deliver() -> int:
    """Send everything that is due; return how many messages were tried."""
    return sum(1 for _ in iter(lambda: worker.deliver_next(progress.next_step_of), False))


def deliveries() -> list[tuple[str, str]]:
    table = Delivery.__table__
    with read_transaction() as tx:
        return [(r.state, r.reason) for r in tx.execute(select(table).order_by(table.c.id))]


def events() -> list[tuple[str, str]]:
    table = Notification.__table__
    with read_transaction() as tx:
        return [(r.kind, r.text) for r in tx.execute(select(table).order_by(table.c.id))]


def test_end_of_a_run_is_mailed_with_the_next_step_and_links(app, site, channel, run, server):
    channel(events=["finished"])
    run()
    assert deliver() == 1
    [mail] = server.kept
    text = mail.get_content()
    base = app.config["SETTINGS"].address()
    assert mail["Subject"].startswith("Green: Run #1 is done. 4 briefs are ready")
    assert f"{base}/sites/green/review" in text and "Review 4:" in text
    assert f"{base}/sites/green/settings/notifications" in text
    assert deliveries() == [("sent", "")]


def test_first_articles_are_announced_once_before_the_end(site, channel, run, hook):
    channel("webhook", hook.url + "/in", SECRET, events=["review"], review_count=2)
    run()
    assert events() == [("review", "The first 2 briefs are ready for your review.")]


def test_webhook_is_signed_and_contains_link_and_next_step(site, channel, run, hook):
    channel("webhook", hook.url + "/in", SECRET, events=["finished"])
    run()
    deliver()
    [got] = hook.got
    headers = got.headers
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(SECRET, headers["webhook-id"], stamp, got.body)
    told = json.loads(got.body)["data"]
    assert told["events"][0]["kind"] == "finished" and told["next_step"]["label"] == "Review 4 →"


def test_failed_items_are_reported_to_subscribers_of_failures(site, channel, run):
    channel(events=["failed"])
    run(FakeProvider(fails={"write": lambda _: permanent()}))
    [(kind, text)] = events()
    assert kind == "failed" and "failed" in text


def test_block_and_stall_are_reported_with_their_reason(site, channel, inline_worker, run_of):
    channel()
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    with write_transaction() as tx:
        run_id = run_of().id
        Run.block(tx, run_id, "money", "The account has no money left.")
        run_states.block_or_unblock(tx, Run.lock(tx, run_id), False)
    assert events() == [("blocked", "Run #1 is blocked: The account has no money left.")]


def test_process_without_slots_reports_a_stall(
    app, site, channel, inline_worker, server, monkeypatch
):
    channel(events=["stalled"])
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    web = recovery.Recovery(recovery.Heartbeat(0, "test"))
    web.sweep()
    later = recovery.clock.monotonic() + 60
    monkeypatch.setattr(recovery.clock, "monotonic", lambda: later)
    web.sweep()
    jobs.WorkerProcess(app, 0)._notify()
    assert [m["Subject"] for m in server.kept] == [
        "Green: Run #1 has stopped: no worker is running."
    ]


@pytest.mark.parametrize(
    "point",
    ["notification_claimed", "notification_handed_over", "notification_settling"],
)
@pytest.mark.parametrize("kind", ["mail", "webhook"])
def test_killed_process_reports_each_event_once(
    site, channel, run, server, hook, hours_later, monkeypatch, point, kind
):
    address = "anna@example.com" if kind == "mail" else hook.url
    channel(kind, address, SECRET if kind == "webhook" else "", events=["finished"])
    run()

    def die(at):
        if at == point:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(worker, "fault_point", die)
        deliver()
    assert deliver() == 0  # the claim is still the dead process's
    hours_later(claims.LEASE_S + 1)
    deliver()
    [(state, _)] = deliveries()
    if kind == "webhook":
        assert state == "sent" and len(hook.kept()) == 1
        return
    is_clear = point == "notification_claimed"
    assert state == ("sent" if is_clear else "unknown")
    assert len(server.kept) == (0 if point == "notification_handed_over" else 1)


@pytest.mark.parametrize(
    ("point", "state"),
    [("", "sent"), ("notification_claimed", "sent"), ("notification_settling", "unknown")],
)
def test_postfix_delivers_one_mail_when_the_process_dies(
    app, site, channel, run, postfix, hours_later, monkeypatch, point, state
):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail=postfix.settings())
    before = len(postfix.delivered())
    channel(events=["finished"])
    run()

    def die(at):
        if at == point:
            raise Killed

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(worker, "fault_point", die)
        deliver()
    hours_later(claims.LEASE_S + 1)
    deliver()
    assert [found for found, _ in deliveries()] == [state]
    mails = postfix.delivered()[before:]
    assert len(mails) == 1 and "4 briefs are ready" in mails[0]["Subject"]


def test_mail_with_a_lost_answer_is_reported_and_not_repeated(
    site, channel, run, server, hours_later
):
    channel(events=["finished"])
    run()
    server.cut = "kept"
    deliver()
    server.cut = ""
    hours_later(24 * 3600)
    assert deliver() == 0 and len(server.kept) == 1
    [(state, reason)] = deliveries()
    assert state == "unknown" and "may have arrived, so it is not sent again" in reason


def test_slow_mail_server_times_out_and_is_retried_later(
    site, channel, run, server, hours_later, monkeypatch
):
    channel(events=["finished"])
    run()
    server.refuse_rcpt = "451 greylisted"
    deliver()
    assert deliveries()[0][0] == "queued" and "451 greylisted" in deliveries()[0][1]
    assert deliver() == 0
    server.refuse_rcpt = ""
    hours_later(worker.RETRY_DELAYS_S[0] + 1)
    assert deliver() == 1 and len(server.kept) == 1 and deliveries() == [("sent", "")]


def test_failing_webhook_receives_the_event_once(site, channel, run, hook, hours_later):
    channel("webhook", hook.url, SECRET, events=["finished"])
    run()
    hook.replies = [
        Reply(500),
        Reply(cut=True),
        Reply(429, headers={"retry-after": "120"}),
        Reply(200),
    ]
    for seconds in worker.RETRY_DELAYS_S[:4]:
        deliver()
        hours_later(seconds + 121)
    assert deliveries() == [("sent", "")] and len(hook.got) == 4 and len(hook.kept()) == 1


def test_refused_webhook_fails_immediately_with_its_cause(site, channel, run, hook):
    channel("webhook", hook.url, SECRET, events=["finished"])
    run()
    hook.replies = [Reply(410)]
    deliver()
    [(state, reason)] = deliveries()
    assert state == "failed" and "410" in reason


def test_mail_without_a_mail_server_waits_and_names_the_cause(site, channel, run):
    channel(events=["finished"])
    run()
    deliver()
    [(state, reason)] = deliveries()
    assert state == "queued" and "IGNY8_SMTP_HOST" in reason


def remove_member(site, anna):
    with write_transaction() as tx:
        Membership.remove(tx, anna, site.id)


def disable(site, anna):
    make_user("boss", is_admin=True)
    with write_transaction() as tx:
        User.set_disabled(tx, anna, True)


def forget_role(site, anna):
    """Take the role away behind the verb's back, as a restored backup may."""
    with write_transaction() as tx:
        table = Membership.__table__
        tx.execute(table.delete().where(table.c.user_id == anna))


@pytest.mark.parametrize("leave", [remove_member, disable, forget_role])
def test_removed_member_receives_nothing(site, anna, channel, run, server, leave):
    channel()
    run()
    leave(site, anna)
    assert deliver() == 0 and server.kept == []
    assert [state for state, _ in deliveries()] in ([], ["dropped"])


def test_member_removed_before_sending_receives_nothing(
    site, anna, channel, run, server, monkeypatch
):
    channel()
    run()
    deliver_one = worker.SENDERS["mail"]

    def late(route, message, hand_over):
        forget_role(site, anna)
        deliver_one(route, message, hand_over)

    monkeypatch.setitem(worker.SENDERS, "mail", late)
    deliver()
    assert server.kept == [] and [state for state, _ in deliveries()] == ["dropped"]


def test_digest_waits_and_bundles_all_events(site, channel, run, server, hours_later):
    channel(digest="hour")
    run()
    run_again = len(events())
    assert deliver() == 0
    hours_later(3600)
    assert deliver() == 1 and run_again >= 1
    assert len(server.kept) == 1


def test_two_processes_send_one_message_once(site, channel, run, server):
    channel(events=["finished"])
    run()
    first = claims.claim_next()
    assert first is not None and claims.claim_next() is None
    with write_transaction() as tx:
        table = Delivery.__table__
        tx.execute(update(table).values(claim_token="another"))
    with pytest.raises(LostClaim):
        worker._deliver(first, progress.next_step_of)
    assert server.kept == []


def test_slow_server_times_out_before_the_lease_ends():
    answers = 8  # connection, EHLO, STARTTLS, EHLO, AUTH (2), MAIL, RCPT, and DATA
    assert mail.TIMEOUT_S * answers < claims.LEASE_S


def test_used_cap_is_reported_once_at_four_fifths(site, channel, drain):
    change_settings(site.id, providers={"draw": {"provider": "demonstration"}}, cap_run=1_000)
    channel(events=["cap"])
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    drain()
    [(kind, text)] = events()
    assert kind == "cap" and "of the cap for this run is used" in text
    assert text.endswith("of $0.10.") and int(text.split()[0]) >= 80
