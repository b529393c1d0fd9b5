"""Rows to begin with: sites, keywords by the handful or by the thousand, accounts that are signed in; and what a page
that shows them has to ask.
"""

from sqlalchemy import insert, select

from igny8 import progress
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Keyword, LoginSession, Membership, Site, SiteSettings, User


def make_site(slug: str = "green", **settings) -> int:
    """Make a site with these settings; return its id. Its articles have a featured and a section image."""
    with write_transaction() as tx:
        site_id = Site.create(tx, slug.title(), slug)
        SiteSettings.change(tx, site_id, **{"images_per_article": 2} | settings)
    return site_id


def change_settings(site_id: int, **settings) -> None:
    """Change what the owner of a site chose."""
    with write_transaction() as tx:
        SiteSettings.change(tx, site_id, **settings)


def make_keywords(site_id: int, count: int, start: int = 0, a_cluster: int = 4) -> list[int]:
    """Make keywords “topicN wordM”, `a_cluster` of them to a first word; return their ids."""
    rows = [
        {"site_id": site_id, "phrase": phrase, "phrase_key": phrase, "volume": 10 * number}
        for number in range(start, start + count)
        for phrase in [f"topic{number // a_cluster} word{number}"]
    ]
    with write_transaction() as tx:
        tx.execute(insert(Keyword.__table__), rows)
        return list(
            tx.execute(
                select(Keyword.id)
                .where(
                    Keyword.site_id == site_id,
                    Keyword.phrase_key.in_([r["phrase_key"] for r in rows]),
                )
                .order_by(Keyword.id)
            ).scalars()
        )


def make_user(
    name: str = "owner", is_admin: bool = False, password: str = "-", **roles: str
) -> int:
    """Make an account (its kept password fits nothing unless given) with a role on each named site; return its id."""
    with write_transaction() as tx:
        user_id = User.create(tx, name, password, is_admin=is_admin)
        for slug, role in roles.items():
            Membership.set_role(tx, user_id, Site.find(slug.replace("_", "-"), tx).id, role)
    return user_id


def sign_in(client, user_id: int):
    """Let a test client be signed in as an account; return the client."""
    with write_transaction() as tx:
        token = LoginSession.create(tx, user_id)
    with client.session_transaction() as session:
        session["sid"] = token
    return client


def tag_of_page(slug: str) -> str:
    """Return the tag of what the Automation page of a site shows now."""
    with read_transaction() as tx:
        row = Site.find(slug, tx)
    return progress.snapshot(row, page=True)["tag"]
