"""Turn one rule off and see that a test notices: `python -m tests.security.rules`, a part of `make audit`.

Each rule names the tests that guard it. They pass as the code is, and fail while the rule is off.
"""

import os
import subprocess
import sys

from authlib.oidc.core import CodeIDToken

from igny8 import sanitising
from igny8.models import LoginSession, RateLimit, passwords, second_factor, tokens
from igny8.outbound import addresses
from igny8.publishing import tables
from igny8.sign_in_config import ProxySignIn
from igny8.web.api import routes
from igny8.web.auth import audit_log, current_user, openid, permissions, request_checks

OFF = "IGNY8_TEST_RULE_OFF"
# name: (where it stands, what it is replaced by, the tests that guard it)
OPEN_HASH = type(
    "OpenHash",
    (),
    {
        "__init__": lambda self, data: setattr(self, "data", data),
        "hexdigest": lambda self: self.data.decode(),
    },
)
EVERYTHING = type("Everything", (), {"__contains__": lambda *_: True})()
RULES = {
    "every address is closed": (
        permissions,
        "required_right",
        lambda: permissions.SIGNED_IN,
        "test_site_isolation.py -k roles_allow_exactly",
    ),
    "who is not signed in stays out": (
        permissions,
        "PUBLIC_ENDPOINTS",
        EVERYTHING,
        "test_login.py -k need_a_session",
    ),
    "a foreign site does not exist": (
        current_user,
        "_can_see",
        lambda *_: True,
        "test_site_isolation.py -k foreign",
    ),
    "a role has its rights alone": (
        current_user.CurrentUser,
        "has_right",
        lambda *_: True,
        "test_site_isolation.py -k roles_allow_exactly",
    ),
    "another website changes nothing": (
        request_checks,
        "is_same_origin",
        lambda: True,
        "test_tokens.py -k cross_site",
    ),
    "a page of ours sends its token": (
        routes.csrf,
        "protect",
        lambda: None,
        "test_tokens.py -k needs_its_csrf_token",
    ),
    "wrong tries are slowed down": (
        RateLimit,
        "attempt",
        staticmethod(lambda *_: 0.0),
        "test_login.py -k wrong_attempts",
    ),
    "weak passwords are refused": (
        passwords,
        "password_problem",
        lambda *_: None,
        "test_login.py -k weak_passwords",
    ),
    "a new password ends all sessions": (
        LoginSession,
        "end_all",
        staticmethod(lambda *_: 0),
        "test_sessions.py -k new_password_signs_out",
    ),
    "tokens are kept as hashes": (
        tokens.hashlib,
        "sha256",
        OPEN_HASH,
        "test_tokens.py -k stored_hashed",
    ),
    "every act is logged": (
        audit_log.AuditEntry,
        "log",
        staticmethod(lambda *_, **__: None),
        "test_members.py -k address_of_each_action",
    ),
    "HTML is cleaned": (
        sanitising.nh3,
        "clean",
        lambda html, **_: html,
        "test_rule_07_hostile_texts.py -k only_allowed_markup",
    ),
    "no cell is a formula": (
        tables,
        "safe_cell",
        lambda value: value,
        "test_members.py -k without_formulas",
    ),
    "a code counts once": (
        second_factor,
        "_use_step",
        lambda *_: True,
        "test_second_factor.py -k counts_once",
    ),
    "an undeclared proxy is not believed": (
        ProxySignIn,
        "is_peer",
        lambda *_: True,
        "test_proxy_header.py -k undeclared",
    ),
    "a sign-in belongs to its browser": (
        openid,
        "_check_answer",
        lambda *_: None,
        "test_openid.py -k another_state",
    ),
    "a foreign ID token is refused": (
        CodeIDToken,
        "validate",
        lambda *_, **__: None,
        "test_openid.py -k forged_claims",
    ),
    "private addresses are not asked": (
        addresses,
        "is_public",
        lambda *_: True,
        "test_outbound.py -k refused_on_request",
    ),
}


def turn_off(monkeypatch) -> None:
    """Turn the rule off that the environment names, if it names one."""
    name = os.environ.get(OFF)
    if name:
        place, what, instead, _ = RULES[name]
        monkeypatch.setattr(place, what, instead)


def main() -> int:
    """Print what each rule's tests say while it is off; return how many rules nobody guards."""
    unguarded = 0
    for name, (_, _, _, guard) in RULES.items():
        on, off = _run(guard, ""), _run(guard, name)
        good = on == 0 and off == 1
        unguarded += not good
        print(f"{'ok ' if good else 'BAD'} {name:<36} {guard}", flush=True)
    print(f"{len(RULES)} rules, {unguarded} that nobody guards")
    return 1 if unguarded else 0


def _run(guard: str, name: str) -> int:
    file, *rest = guard.split()
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"tests/security/{file}",
        *rest,
    ]
    environ = {**os.environ, OFF: name, "TEST_DATABASES": "sqlite"}
    return subprocess.run(
        words, env=environ, capture_output=True, check=False, timeout=300
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
