"""Links that invite, roles that change, and the log of who did what."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models import AuditEntry, Membership
from tests.factories import make_keywords, make_user
from tests.security.conftest import PASSWORD

PEOPLE = "/sites/green-garden/settings/people"


@pytest.fixture
def link(cast):
    """Return a function that lets the site's administrator make a link and returns its path."""

    def made(role: str = "editor") -> str:
        text = cast.enter("administrator").post(f"{PEOPLE}/invite", data={"role": role}).text
        return re.search(r"/invitations/[\w-]+", text).group(0)

    return made


def test_invitation_admits_one_new_user_with_its_role(cast, link):
    path, newcomer = link("reviewer"), cast.enter()
    assert "Green Garden" in newcomer.get(path).text
    assert newcomer.post(path, data={"name": "nina", "password": PASSWORD}).status_code == 303
    assert newcomer.get("/sites/green-garden/review").status_code in (200, 303)
    assert newcomer.get(PEOPLE).status_code == 403
    assert cast.enter().post(path, data={"name": "otto", "password": PASSWORD}).status_code == 404


def test_signed_in_user_accepts_an_invitation_with_one_click(cast, link):
    stranger = cast.enter("stranger")
    assert stranger.post(link("viewer")).status_code == 303
    assert stranger.get("/sites/green-garden/keywords").status_code == 200


def test_link_expires_after_a_week_or_withdrawal(cast, link, monkeypatch):
    path, real = link(), clock.now
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: real() + timedelta(days=8))
        assert cast.enter().get(path).status_code == 404
    text = cast.enter("administrator").get(PEOPLE).text
    number = re.search(r"/links/(\d+)/withdraw", text).group(1)
    cast.enter("administrator").post(f"{PEOPLE}/links/{number}/withdraw")
    assert cast.enter().get(path).status_code == 404


def test_taken_name_is_refused_and_the_link_stays_valid(cast, link):
    path = link()
    assert cast.enter().post(path, data={"name": "Viewer", "password": PASSWORD}).status_code == 422
    assert cast.enter().post(path, data={"name": "viola", "password": PASSWORD}).status_code == 303


def test_unknown_role_cannot_be_given(cast):
    for role in ("admin", "", "owner"):
        assert (
            cast.enter("administrator").post(f"{PEOPLE}/invite", data={"role": role}).status_code
            == 422
        )


def test_site_administrator_cannot_invite_to_another_site(cast):
    client = cast.enter("administrator")
    assert (
        client.post("/sites/elsewhere/settings/people/invite", data={"role": "viewer"}).status_code
        == 404
    )
    assert (
        client.post(f"{PEOPLE}/{cast.ids['stranger']}/role", data={"role": "viewer"}).status_code
        == 404
    )


def test_removed_member_sees_no_site(cast):
    there = cast.enter("viewer")
    cast.enter("administrator").post(f"{PEOPLE}/{cast.ids['viewer']}/remove")
    assert there.get("/sites/green-garden/keywords").status_code == 404
    with read_transaction() as tx:
        assert Membership.role_of(tx, cast.ids["viewer"], 1) is None


def test_reset_link_signs_out_everywhere(cast):
    there = cast.enter("editor")
    text = cast.enter("admin").post(f"/admin/accounts/{cast.ids['editor']}/reset").text
    path, visitor = re.search(r"/invitations/[\w-]+", text).group(0), cast.enter()
    assert visitor.post(path, data={"password": PASSWORD}).status_code == 303
    assert there.get("/account").status_code == 303
    assert (
        visitor.post("/login", data={"name": "editor", "password": PASSWORD}).headers["Location"]
        == "/"
    )


def test_administrator_controls_any_run(cast):
    admin = cast.enter("admin")
    make_keywords(2, 3)
    for verb in ("run", "pause", "resume", "cancel"):
        assert admin.post(f"/admin/sites/2/{verb}").status_code in (303, 409)
    assert admin.post("/admin/sites/99/run").status_code == 404


def test_audit_log_has_user_and_address_of_each_action(cast):
    cast.enter().post("/login", data={"name": "editor", "password": "wrong"})
    cast.enter("editor").post(
        "/sites/green-garden/keywords/change", data={"verb": "disable", "ids": "1"}
    )
    cast.enter("viewer").post("/sites/green-garden/review/1/approve")
    with read_transaction() as tx:
        found = [
            (r.who, r.address, r.action, r.site, r.status)
            for r in tx.execute(select(AuditEntry.__table__).order_by(AuditEntry.id))
        ]
    assert found == [
        ("nobody (as editor)", "127.0.0.1", "sign in", "", 401),
        ("editor", "127.0.0.1", "keywords: disable", "green-garden", 303),
        ("viewer", "127.0.0.1", "content: approve", "green-garden", 403),
    ]


def test_log_has_no_secret(cast):
    canary = "canary horse battery staple"
    cast.enter().post("/login", data={"name": "editor", "password": canary})
    cast.enter("administrator").post(
        "/sites/green-garden/settings/models/servers/new",
        data={
            "server_name": "x",
            "base_url": "https://api.example.com/v1",
            "key": canary,
            "concurrent": "1",
        },
    )
    cast.enter("viewer").post("/account/password", data={"old": canary, "password": canary})
    with read_transaction() as tx:
        assert canary not in str(tx.execute(select(AuditEntry.__table__)).all())


def test_audit_log_is_filtered_and_exported_without_formulas(cast):
    cast.ids["risky"] = make_user("=cmd|'/c calc'!A1", green_garden="viewer")
    cast.enter("risky").post("/sites/green-garden/review/1/approve")
    cast.enter("editor").post(
        "/sites/green-garden/keywords/change", data={"verb": "disable", "ids": "1"}
    )
    admin = cast.enter("admin")
    page = admin.get("/admin/audit?status=refused").text
    assert "content: approve" in page and "keywords: disable" not in page
    rows = list(
        csv.reader(io.StringIO(admin.get("/admin/audit.csv?q=approve").data.decode("utf-8-sig")))
    )
    assert [row[1] for row in rows] == ["who", "'=cmd|'/c calc'!A1"]
