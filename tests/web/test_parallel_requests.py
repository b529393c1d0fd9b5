"""Requests that change the same thing at the same moment get answers, never an error 500."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    ExternalIdentity,
    Invitation,
    Membership,
    Price,
    Prompt,
    ProviderEndpoint,
    Site,
    User,
)
from tests.factories import make_user, sign_in

pytestmark = pytest.mark.both_databases
PARALLEL = 6
SETTINGS = "/sites/green-garden/settings"


@pytest.fixture
def post_in_parallel(app, site):
    """Return a function that posts one form from several browsers at once; it returns statuses."""
    users = [make_user(f"admin{n}", is_admin=True) for n in range(PARALLEL)]
    clients = [sign_in(app.test_client(), user) for user in users]

    def post(path: str, data: dict, clients=clients) -> list[int]:
        start = Barrier(len(clients))

        def one(client) -> int:
            start.wait(30)
            return client.post(path, data=data).status_code

        with ThreadPoolExecutor(len(clients)) as pool:
            return list(pool.map(one, clients))

    post.clients = clients
    return post


def count_of(table) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).select_from(table.__table__)).scalar_one()


def test_parallel_sites_of_same_name_get_different_addresses(post_in_parallel):
    found = post_in_parallel("/sites", {"name": "Same", "language": "en"})
    assert found == [303] * PARALLEL
    with read_transaction() as tx:
        slugs = tx.execute(select(Site.slug).where(Site.name == "Same")).scalars().all()
    assert sorted(slugs) == ["same", *(f"same-{n}" for n in range(2, PARALLEL + 1))]


def test_models_answer_parallel_writes(app, site):
    start, user = Barrier(PARALLEL), make_user("nina")

    def write(change) -> str:
        with app.app_context():
            start.wait(30)
            try:
                with write_transaction() as tx:
                    change(tx)
            except ActionRefused as refusal:
                return str(refusal)
            return "done"

    for change, refusals in (
        (lambda tx: Price.set(tx, "same*", 1, 2, 3), 0),
        (lambda tx: Prompt.add_version(tx, site, "write", "text"), 0),
        (lambda tx: ProviderEndpoint.create(tx, site, "Same", "https://a.example"), PARALLEL - 1),
        (lambda tx: User.create(tx, "same", "-"), PARALLEL - 1),
        (lambda tx: ExternalIdentity.add(tx, user, "https://id", "s-1", "nina"), PARALLEL - 1),
        (lambda tx: User.create(tx, "first", "-", is_first=True), PARALLEL - 1),
    ):
        with ThreadPoolExecutor(PARALLEL) as pool:
            found = list(pool.map(write, [change] * PARALLEL))
        assert len([text for text in found if text != "done"]) == refusals, found
    with read_transaction() as tx:
        versions = tx.execute(select(Prompt.version).order_by(Prompt.version)).scalars().all()
    assert versions == list(range(1, PARALLEL + 1))


def test_one_invitation_used_in_parallel_works_once(app, site, post_in_parallel):
    with write_transaction() as tx:
        token = Invitation.create(tx, "admin0", site, "viewer")
    found = post_in_parallel(f"/invitations/{token}", {})
    assert found.count(303) == 1 and set(found) <= {303, 404, 409}
    assert count_of(Membership) == 1


def test_administrators_who_demote_each_other_leave_one(app, site):
    pair = [make_user(name, green_garden="administrator") for name in ("one", "two")]
    clients = [sign_in(app.test_client(), user) for user in pair]
    start = Barrier(2)

    def demote(who: int) -> int:
        start.wait(30)
        path = f"{SETTINGS}/people/{pair[1 - who]}/role"
        return clients[who].post(path, data={"role": "viewer"}).status_code

    for _ in range(3):
        with write_transaction() as tx:
            for user in pair:
                Membership.set_role(tx, user, site, "administrator")
        for client, user in zip(clients, pair, strict=True):
            sign_in(client, user)
        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(demote, range(2))) <= {303, 401, 403, 404, 409}
        with read_transaction() as tx:
            assert Membership.has_administrator(tx, site)


def test_installation_administrators_who_demote_each_other_leave_one(app, site):
    pair = [make_user(name, is_admin=True) for name in ("one", "two")]
    clients = [app.test_client() for _ in pair]
    start = Barrier(2)

    def demote(who: int) -> int:
        start.wait(30)
        return clients[who].post(f"/admin/accounts/{pair[1 - who]}/demote").status_code

    for _ in range(3):
        with write_transaction() as tx:
            for user in pair:
                User.set_admin(tx, user, True)
        for client, user in zip(clients, pair, strict=True):
            sign_in(client, user)
        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(demote, range(2))) <= {303, 401, 403, 404, 409}
        with read_transaction() as tx:
            assert tx.execute(select(func.count()).where(User.is_admin)).scalar_one() >= 1
