"""The way in for tests that look at a running product from outside: a signed-in browser, without its form."""

from igny8.extensions import reading, writing
from igny8.models import LoginSession, User

NAME = "owner"


def cookie(app, who: str = NAME) -> tuple[str, str]:
    """Return (name, value) of the cookie of an administrator who is signed in; the account is made when missing."""
    with app.app_context():
        with reading() as tx:
            row = User.find(tx, who)
        with writing() as tx:
            user_id = row.id if row else User.create(tx, who, "-", is_admin=True)
            token = LoginSession.begin(tx, user_id, agent="Chrome/1 Linux")
    client = app.test_client()
    with client.session_transaction() as session:
        session["sid"] = token
    name = app.config["SESSION_COOKIE_NAME"]
    return name, client.get_cookie(name).value
