"""Errors show only an id that is in the log; the log has one line per event (52 to 54)."""

import json
import re

import pytest

from tests.security.conftest import damaged_site, started
from tests.security.outside import Visitor

LINE = re.compile(
    r'time=\S+ level=[A-Z]+ logger=\S+ event=("(\\.|[^"\\])*"|[\w./:@+-]+)( trace="(\\.|[^"\\])*")?'
)
PRIVATE = (
    "/.git/config",
    "/.git/HEAD",
    "/.env",
    "/igny8.db",
    "/var/igny8.db",
    "/huey.db",
    "/secret.key",
    "/encryption.key",
    "/setup.cfg",
    "/wsgi.py",
    "/igny8/config.py",
    "/static/../setup.cfg",
    "/static/%2e%2e/setup.cfg",
    "/static/..%2fsetup.cfg",
    "/static/..%5c..%5cetc/passwd",
    "/static//etc/passwd",
    "/static/%00",
    "/templates/base.html",
    "/static/",
    "/uploads/",
    "/images/",
    "/migrations/env.py",
    "/server-status",
    "/console",
    "/debug",
    "/metrics.json",
    "/sites/torn/images/1/..%2f..%2figny8.db",
    "/sites/torn/images/1/%2e%2e/igny8.db",
    "/sites/..%2f..%2fetc/automation",
)


@pytest.fixture(scope="module")
def damaged(product):
    """Return a product of which one site's stored settings make no sense any more."""
    with damaged_site(product, "Torn"):
        yield product


def test_error_page_shows_the_id_of_one_log_line(damaged):
    answer = Visitor(damaged.address, damaged.cookies()).get("/sites/torn/settings/models")
    assert (
        answer.status == 500
        and "Traceback" not in answer.text
        and "AttributeError" not in answer.text
    )
    [error_id] = re.findall(r"id ([0-9a-f]{8})", answer.text)
    [line] = [line for line in damaged.written.splitlines() if error_id in line]
    assert "level=ERROR" in line and "AttributeError" in line and LINE.fullmatch(line)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("POST", "/theme", 400),
        ("DELETE", "/", 405),
        ("GET", "/sites/torn/runs/none", 404),
    ],
)
def test_refusal_shows_an_id_that_is_logged(damaged, method, path, status):
    answer = Visitor(damaged.address, damaged.cookies()).send(method, path)
    assert answer.status == status
    [error_id] = re.findall(r"id ([0-9a-f]{8})", answer.text)
    assert len([line for line in damaged.written.splitlines() if error_id in line]) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/none", 404),
        ("DELETE", "/api/v1/automation/run_now/", 405),
        ("GET", "/api/v1/automation/history/?site_id=none", 404),
        ("GET", "/api/v1/automation/history/", 400),
    ],
)
def test_problem_document_has_an_id_that_is_logged(damaged, method, path, status):
    answer = Visitor(damaged.address, damaged.cookies()).send(method, path)
    told = json.loads(answer.body)
    assert (answer.status, answer.headers.get_content_type()) == (
        status,
        "application/problem+json",
    )
    assert set(told) == {"type", "title", "status", "detail", "id"} and told["status"] == status
    assert told["id"] in damaged.written


def test_broken_error_page_falls_back_to_plain_text(tmp_path):
    with started(tmp_path / "var") as product:
        guest = Visitor(product.address, product.cookies())
        guest.new_site("Torn")
        product.spoil("DROP TABLE site_settings")
        answer = guest.get("/sites/torn/automation")
        assert answer.status in (500, 503) and re.search(r"id [0-9a-f]{8}", answer.text)
        assert "site_settings" not in answer.text and "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", PRIVATE)
def test_private_files_have_no_url(damaged, path):
    answer = Visitor(damaged.address, damaged.cookies()).get(path)
    assert (
        answer.status in (308, 400, 404)
        and "SQLite" not in answer.text
        and "root:" not in answer.text
    )


FORGED = "2026-01-01 level=ERROR logger=igny8 event=forged"


@pytest.mark.parametrize(
    "sign", ["%0a", "%0d%0a", "%0d", "%E2%80%A8", "%C2%85", "%1b%5b2J", "%00", "%E2%80%AE", "%22"]
)
def test_log_lines_cannot_be_forged(damaged, sign):
    guest = Visitor(damaged.address, damaged.cookies())
    before = len(damaged.written.splitlines())
    guest.get(f"/nope{sign}{FORGED.replace(' ', '%20')}")
    guest.get("/sites/torn/runs/x", User_Agent="x\tforged", Referer="http://a/%0aforged")
    added = damaged.written.split("\n")[before:]
    assert [line for line in added if line.startswith(("20", "forged", "level"))] == []
    assert [line for line in added if line and not LINE.fullmatch(line)] == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", "\n".join(added))


def test_every_log_line_is_logfmt(damaged):
    lines = damaged.written.splitlines()
    assert len(lines) > 20 and [line for line in lines if not LINE.fullmatch(line)] == []
