"""The way in for tests that look at a running product from outside: a signed-in browser, without its form."""

import secrets

from igny8.extensions import read_transaction, write_transaction
from igny8.models import ROLES, LoginSession, Membership, Site, User

NAME = "owner"


def cookie(app, who: str = NAME, has_looked: bool = True) -> tuple[str, str]:
    """Return (name, value) of the cookie of an administrator who is signed in, and has seen a page or not: the first
    one sends a cookie; the account is made when missing.
    """
    with app.app_context():
        with read_transaction() as tx:
            row = User.find(tx, who)
        with write_transaction() as tx:
            user_id = row.id if row else User.create(tx, who, "-", is_admin=True)
            token = LoginSession.create(tx, user_id, agent="Chrome/1 Linux")
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(
            {"sid": token} | ({"csrf_token": secrets.token_hex(20)} if has_looked else {})
        )
    name = app.config["SESSION_COOKIE_NAME"]
    return name, client.get_cookie(name).value


def crowd(app, slug: str, count: int) -> list[str]:
    """Return the Cookie headers of so many people, each with an account, a role on the site and a session; the roles
    go round. They have seen a page already: their sessions hold what their forms are checked against.
    """
    name, seal = (
        app.config["SESSION_COOKIE_NAME"],
        app.session_interface.get_signing_serializer(app),
    )
    found = []
    with app.app_context(), write_transaction() as tx:
        site_id, first = Site.find(slug, tx).id, secrets.token_hex(4)
        for number in range(count):
            user_id = User.create(tx, f"viewer {first} {number}", "-")
            Membership.set_role(tx, user_id, site_id, list(ROLES)[number % len(ROLES)])
            kept = {"sid": LoginSession.create(tx, user_id), "csrf_token": secrets.token_hex(20)}
            found.append(f"{name}={seal.dumps(kept)}")
    return found
