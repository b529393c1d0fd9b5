"""Work on one claimed publication: what is stored before and after each request.

Protocol: docs/publishing.md#exactly-once. No transaction is open during a request.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from igny8 import clock
from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.claim_lease import LostClaim
from igny8.engine.fault_injection import fault_point
from igny8.engine.publications import claims
from igny8.engine.publications.check_times import next_check, time_zone
from igny8.engine.publications.texts import load_texts
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.internal_links import link_published
from igny8.models import Cluster, Content, Publication, PublicationEvent, PublishingTarget, Site
from igny8.models.content_hash import content_hash
from igny8.models.encryption import DecryptError, decrypt
from igny8.models.publication import from_the_beginning
from igny8.outbound.allowlist import Allowlist
from igny8.publishing import Text
from igny8.redaction import redact

publication = Publication.__table__


class NotApproved(Exception):
    """The article is no longer approved, or its version is not the one being published."""


class Stopped(Exception):
    """The worker is stopping; another one will continue."""


class OutcomePending(Exception):
    """The outcome of an earlier request is still unknown; check again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"look again in {seconds:.0f} s")
        self.seconds = seconds


class RemoteChanged(Exception):
    """A person changed the text at the target; it is not overwritten.

    `theirs` is that text as columns (drift.py), None if the target cannot read it.
    """

    def __init__(self, why: str, theirs: dict[str, Any] | None = None) -> None:
        super().__init__(why)
        self.theirs = theirs


class RemoteMissing(Exception):
    """The published article is no longer at the target."""


@dataclass
class Work:
    """A claim (a row of publication) with everything that a target needs.

    `state` is the stored state of the publication; `store` changes it. `addresses` maps the slugs
    of the articles that are live at the target to their addresses; `zone` is the site's time zone.
    """

    claim: Row
    target: Row
    site: Row
    text: Text
    topic: str
    version: str
    secret: str
    allowed: Allowlist
    should_stop: Callable[[], bool]
    state: dict[str, Any] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"

    @classmethod
    def load(
        cls, claim: Row, should_stop: Callable[[], bool], needs_approval: bool = True
    ) -> "Work":
        """Return the work of a claim; raise NotApproved, or ExternalError for an unreadable secret.

        Raises LostClaim if the article, its target or its site was deleted.
        """
        with read_transaction() as tx:
            target = PublishingTarget.find(tx, claim.site_id, claim.target_id)
            site = Site.find(claim.site_id, tx)
            version = content_hash(tx, claim.content_id)
            if target is None or site is None or not version:
                raise LostClaim
            if needs_approval and not claims.is_approved(tx, claim.content_id):
                raise NotApproved
            folder = current_app.config["SETTINGS"].images
            [text] = load_texts(tx, site, [claim.content_id], folder)
            live = _published(tx, claim)
            text = replace(text, html=link_published(text.html, live))
            topic = _topic(tx, claim.content_id)
            allowed = allowed_addresses(tx)
            zone = time_zone(tx, claim.site_id)
        secret = _secret(target)
        names = ("step", "progress", "intent", "remote_id", "remote_url", "remote_hash", "state")
        state = {name: getattr(claim, name) for name in names}
        told = (text, topic, version, secret, allowed, should_stop, state, live, zone)
        return cls(claim, target, site, *told)

    def log(self, line: str) -> None:
        """Log a request with its outcome."""
        with write_transaction() as tx:
            PublicationEvent.log_request(tx, self.claim.id, redact(line)[:500])

    def intend(self, name: str, **more: Any) -> None:
        """Store that a request is about to be sent.

        Raises NotApproved if it must not be sent, and Stopped if the worker has to stop.
        """
        if self.should_stop():
            raise Stopped
        intent = {"name": name, "at": clock.now().timestamp(), "is_unknown": True, **more}
        with write_transaction() as tx:
            claims.renew(tx, self.claim, intent=intent)
            if not self.is_removal and not self._may_be_sent(tx):
                raise NotApproved
        self.state["intent"] = intent
        fault_point("publication_intended")

    @property
    def is_removal(self) -> bool:
        """Return whether the article is to be removed, which needs no approval."""
        return self.claim.state == "removing"

    @property
    def is_ahead_of_time(self) -> bool:
        """Return whether the article is to be published later than now."""
        return self.claim.publish_at is not None and self.claim.publish_at > clock.now()

    def _may_be_sent(self, tx: Any) -> bool:
        is_approved = claims.is_approved(tx, self.claim.content_id)
        return is_approved and content_hash(tx, self.claim.content_id) == self.version

    def refused(self) -> None:
        """Store that the announced request certainly had no effect."""
        if self.state["intent"]:
            intent = self.state["intent"] | {"is_unknown": False}
            with write_transaction() as tx:
                claims.renew(tx, self.claim, intent=intent)
            self.state["intent"] = intent

    def store(self, step: str, progress: dict[str, Any] | None = None, **values: Any) -> None:
        """Store the response of the announced request in a transaction of its own."""
        fault_point("publication_answered")
        values |= {"step": step, "intent": None}
        if progress is not None:
            values["progress"] = self.state["progress"] | progress
        with write_transaction() as tx:
            claims.renew(tx, self.claim, **values)
        self.state |= values
        fault_point("publication_stored")

    def resume(self, why: str) -> None:
        """Resolve the unknown state after a look-up; log the reason."""
        if self.state["state"] == "unknown":
            self._move(("unknown",), "publishing", why)

    def settle(self, **values: Any) -> None:
        """End the work: the article is published as described by `values`."""
        now = clock.now()
        with read_transaction() as tx:
            values |= {"check_at": next_check(tx, self.claim.site_id, now), "checked_at": now}
        values |= {"published_at": self.claim.publish_at or now, "publish_at": None}
        self._settle("published", **values)

    def settle_ahead_of_time(self, **values: Any) -> None:
        """End the work for now: the target will publish the article on its date."""
        self._settle("scheduled", not_before=self.claim.publish_at, attempts=0, **values)

    def settle_removed(self, **values: Any) -> None:
        """End the work: nothing of the article is left at the target."""
        fault_point("publication_settling")
        fresh = from_the_beginning() | {"check_at": None, "publish_at": None} | values
        self._move(("removing",), "removed", "", overwrite=False, **fresh, **claims.NO_CLAIM)

    def _settle(self, state: str, **values: Any) -> None:
        fault_point("publication_settling")
        values |= {"version": self.version, "intent": None, "theirs": None} | claims.NO_CLAIM
        self._move(("publishing", "unknown"), state, "", overwrite=False, **values)

    def _move(self, sources: tuple[str, ...], target: str, why: str, **values: Any) -> None:
        with write_transaction() as tx:
            token = self.claim.claim_token
            if not Publication.transition(
                tx, self.claim.id, sources, target, claims.WORKER, why, token=token, **values
            ):
                raise LostClaim
            if target == "scheduled" and not claims.is_approved(tx, self.claim.content_id):
                why = claims.WITHDRAWN
                Publication.transition(
                    tx, self.claim.id, (target,), "removing", claims.WORKER, why, not_before=None
                )
            elif target in ("published", "scheduled") and not self._is_current(tx):
                why = "The article was edited since."
                Publication.transition(tx, self.claim.id, (target,), "outdated", claims.WORKER, why)
        self.state["state"] = target

    def _is_current(self, tx: Any) -> bool:
        return content_hash(tx, self.claim.content_id) == self.version


def _secret(target: Row) -> str:
    """Return the secret of a target, or "" if none is stored."""
    if not target.encrypted_secret:
        return ""
    try:
        return decrypt(target.encrypted_secret)
    except DecryptError as error:
        raise ExternalError(str(error), kind="auth", permanent=True) from error


def _published(tx: Any, claim: Row) -> dict[str, str]:
    """Return the addresses of the articles that are live at the target, by slug."""
    rows = tx.execute(
        select(Content.slug, publication.c.remote_url)
        .join(publication, publication.c.content_id == Content.id)
        .where(
            publication.c.target_id == claim.target_id,
            publication.c.state.in_(("published", "outdated")),
            publication.c.wanted == "publish",
            publication.c.remote_url != "",
        )
    ).all()
    return {row.slug: row.remote_url for row in rows}


def _topic(tx: Any, content_id: int) -> str:
    """Return the topic of an article: its pillar, or else its cluster."""
    query = select(Cluster.pillar, Cluster.name).join(Content, Content.cluster_id == Cluster.id)
    row = tx.execute(query.where(Content.id == content_id)).one()
    return row.pillar or row.name
