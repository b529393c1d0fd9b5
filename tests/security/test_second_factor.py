"""The second factor: a password alone is not enough, and each code counts once."""

import dataclasses
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import AuditEntry, LoginSession, User, passwords, second_factor
from igny8.models.encryption import decrypt
from tests.factories import make_user, sign_in
from tests.security.conftest import PASSWORD

PAGE = "/account/second-factor"


@pytest.fixture
def me(app):
    return make_user("me", password=passwords.hash_password(PASSWORD))


@pytest.fixture
def paired(app, me):
    """Return the recovery codes of an account whose second factor is on."""
    with write_transaction() as tx:
        second_factor.start(tx, me)
        row = User.fetch(tx, me)
        assert second_factor.confirm(tx, row, code_of(me, row, -1))
        return second_factor.new_recovery_codes(tx, me)


def code_of(user_id: int, row=None, steps: int = 0) -> str:
    """Return the code that the app of a user shows now, or some steps later."""
    if row is None:
        with read_transaction() as tx:
            row = User.fetch(tx, user_id)
    step = int(clock.now().timestamp()) // second_factor.STEP_S
    return pyotp.TOTP(decrypt(row.encrypted_totp_secret)).generate_otp(step + steps)


def enter(app):
    """Return a client after the right password."""
    client = app.test_client()
    answer = client.post("/login", data={"name": "me", "password": PASSWORD, "next": "/account"})
    assert answer.status_code == 303
    return client


def send(client, code: str) -> int:
    return client.post("/login/code", data={"code": code}).status_code


def test_password_alone_gives_no_access(app, me, paired):
    client = enter(app)
    assert client.get("/account").status_code == 303
    assert "Enter your code" in client.get("/login/code").text


def test_right_code_signs_in_where_the_user_wanted_to_go(app, me, paired):
    answer = enter(app).post("/login/code", data={"code": code_of(me)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")


def test_code_counts_once(app, me, paired):
    code = code_of(me)
    assert send(enter(app), code) == 303
    assert send(enter(app), code) == 401


def test_outdated_and_future_codes_are_refused(app, me, paired):
    for steps in (-3, 3):
        assert send(enter(app), code_of(me, steps=steps)) == 401


@pytest.mark.both_databases
def test_parallel_use_of_one_code_counts_once(app, me, paired):
    code, start = code_of(me), Barrier(6)
    with read_transaction() as tx:
        row = User.fetch(tx, me)

    def use(kind: str) -> bool:
        with app.app_context():
            start.wait(30)
            with write_transaction() as tx:
                if kind == "app":
                    return second_factor.check_code(tx, row, code)
                return second_factor.use_recovery_code(tx, me, paired[0])

    for kind in ("app", "recovery"):
        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(use, [kind] * 6)) == 1


def test_recovery_code_counts_once_however_it_is_typed(app, me, paired):
    typed = f" {paired[0].upper().replace('-', ' ')} "
    assert send(enter(app), typed) == 303
    assert send(enter(app), typed) == 401
    with read_transaction() as tx:
        assert second_factor.recovery_codes_left(tx, me) == second_factor.RECOVERY_CODES - 1
        stored = tx.execute(select(second_factor.RecoveryCode.code_hash)).scalars().all()
    assert all(len(text) == 64 for text in stored)


def test_recovery_code_of_another_user_is_refused(app, me, paired):
    other = make_user("other")
    with write_transaction() as tx:
        assert not second_factor.use_recovery_code(tx, other, paired[0])


def test_wrong_codes_are_slowed_down(app, me, paired):
    client = enter(app)
    statuses = [send(client, "000000") for _ in range(8)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert send(enter(app), code_of(me)) == 429  # a new sign-in does not reset the count


def test_pending_sign_in_ends_after_minutes_and_with_the_password(app, me, paired, hours_later):
    client = enter(app)
    with write_transaction() as tx:
        User.set_password(tx, me, passwords.hash_password(PASSWORD))
    assert send(client, code_of(me)) == 303
    assert client.get("/account").status_code == 303
    client = enter(app)
    hours_later(301)
    assert client.get("/login/code").headers["Location"] == "/login"


def test_set_up_needs_the_password_and_a_code_and_ends_other_sessions(app, me):
    here, there = (sign_in(app.test_client(), me) for _ in range(2))
    assert here.post(f"{PAGE}/start", data={"old": "wrong"}).status_code == 422
    assert here.post(f"{PAGE}/start", data={"old": PASSWORD}).status_code == 303
    page = here.get(PAGE).text
    assert "<svg" in page and "otpauth" not in page
    assert here.post(f"{PAGE}/confirm", data={"code": "000000"}).status_code == 422
    page = here.post(f"{PAGE}/confirm", data={"code": code_of(me)}).text
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", page)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 303
    assert send(enter(app), codes[3]) == 303
    assert codes[0] not in here.get(PAGE).text


def test_set_up_of_another_browser_is_neither_shown_nor_finished(app, me):
    here, there = (sign_in(app.test_client(), me) for _ in range(2))
    here.post(f"{PAGE}/start", data={"old": PASSWORD})
    assert "<svg" in here.get(PAGE).text and "<svg" not in there.get(PAGE).text
    assert there.post(f"{PAGE}/confirm", data={"code": code_of(me)}).status_code == 422
    assert here.post(f"{PAGE}/confirm", data={"code": code_of(me)}).status_code == 200


def test_turning_off_needs_the_password(app, me, paired):
    client = sign_in(app.test_client(), me)
    for path in ("disable", "recovery-codes"):
        assert client.post(f"{PAGE}/{path}", data={"old": "wrong"}).status_code == 422
    assert client.post(f"{PAGE}/recovery-codes", data={"old": PASSWORD}).status_code == 200
    assert send(enter(app), paired[0]) == 401  # replaced
    assert client.post(f"{PAGE}/disable", data={"old": PASSWORD}).status_code == 303
    assert enter(app).get("/account").status_code == 200
    with read_transaction() as tx:
        assert User.fetch(tx, me).encrypted_totp_secret is None


def test_administrator_resets_the_second_factor_of_others_only(app, cast, me, paired):
    signed_in = sign_in(app.test_client(), me)
    assert cast.enter("administrator").post(f"/admin/accounts/{me}/unpair").status_code == 403
    admin = cast.enter("admin")
    assert admin.post(f"/admin/accounts/{cast.ids['admin']}/unpair").status_code == 409
    assert admin.post(f"/admin/accounts/{me}/unpair").status_code == 303
    assert signed_in.get("/account").status_code == 303
    assert enter(app).get("/account").status_code == 200
    with read_transaction() as tx:
        assert "account: unpair" in tx.execute(select(AuditEntry.action)).scalars().all()


@pytest.mark.parametrize(("setting", "for_members"), [("administrators", 200), ("everyone", 303)])
def test_installation_can_require_a_second_factor(app, cast, setting, for_members):
    require(app, setting)
    admin = cast.enter("admin")
    assert admin.get("/admin").headers["Location"] == PAGE
    assert admin.get(PAGE).status_code == 200
    assert admin.post("/admin/accounts/invite").status_code == 403
    poll = admin.get("/sites/green-garden/automation/live", headers={"HX-Request": "true"})
    assert (poll.status_code, poll.headers["HX-Redirect"]) == (403, PAGE)
    assert cast.enter("editor").get("/account").status_code == for_members
    with write_transaction() as tx:
        second_factor.start(tx, cast.ids["admin"])
        row = User.fetch(tx, cast.ids["admin"])
        second_factor.confirm(tx, row, code_of(row.id, row))
    assert admin.get("/admin").status_code == 200


def test_secret_is_encrypted_and_locked_with_another_key(app, me, paired):
    with read_transaction() as tx:
        row = User.fetch(tx, me)
    secret = decrypt(row.encrypted_totp_secret)
    assert secret not in row.encrypted_totp_secret
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(
        settings, encryption_keys=("another key of enough characters",), key_file=None
    )
    client = enter(app)
    answer = client.post("/login/code", data={"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 401 and "Use a recovery code" in answer.text
    assert send(client, paired[0]) == 303


def test_sign_ins_with_a_second_factor_are_audited(app, me, paired):
    client = enter(app)
    send(client, "000000")
    send(client, code_of(me))
    with read_transaction() as tx:
        found = tx.execute(
            select(AuditEntry.who, AuditEntry.action, AuditEntry.status).order_by(AuditEntry.id)
        ).all()
        assert tx.execute(select(LoginSession.id)).first() is not None
    assert found == [
        ("me", "sign in", 303),
        ("me", "sign in: second factor", 401),
        ("me", "sign in: second factor", 303),
    ]


def require(app, value: str) -> None:
    settings = app.config["SETTINGS"]
    sign_in_settings = dataclasses.replace(settings.sign_in, second_factor=value)
    app.config["SETTINGS"] = dataclasses.replace(settings, sign_in=sign_in_settings)
