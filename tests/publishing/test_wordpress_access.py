"""The test of a WordPress site names the cause of what is wrong, and its cure."""

import pytest

from igny8.outbound.allowlist import Allowlist
from igny8.publishing.requests import TargetError, make_target_client
from igny8.publishing.wordpress import check_access
from tests.publishing.http_server import Reply, serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site

HERE = Allowlist.of("127.0.0.1")


@pytest.fixture
def wordpress():
    site = Site()
    with serving(site) as site.url:
        yield site


def check(url: str, user: str = USER, password: str = PASSWORD):
    with make_target_client(HERE) as http:
        return check_access(http, lambda line: None, url, user, password)


def cause(*arguments: str) -> str:
    with pytest.raises(TargetError) as caught:
        check(*arguments)
    return str(caught.value)


def test_api_is_found_by_the_link_of_the_home_page(wordpress):
    found = check(wordpress.url)
    assert (found.root, found.user, found.seo) == (f"{wordpress.url}/wp-json/", "Anna", "")
    wordpress.plain, wordpress.namespaces = True, ["wp/v2", "yoast/v1"]
    found = check(wordpress.url)
    assert (found.root, found.seo) == (f"{wordpress.url}/?rest_route=/", "Yoast SEO")


def test_wrong_names_and_passwords_are_told_apart_where_the_site_does(wordpress):
    for user, password in (("bob", PASSWORD), (USER, "other")):
        assert "the user name or the application password is wrong" in cause(
            wordpress.url, user, password
        )
    wordpress.tells_apart = True
    assert "no user with this name" in cause(wordpress.url, "bob")
    assert "application password is wrong" in cause(wordpress.url, USER, "other")


def test_removed_authorization_header_is_named(wordpress):
    wordpress.header_lost = True
    assert "removes the Authorization header" in cause(wordpress.url)


def test_site_without_https_takes_no_application_passwords(wordpress):
    wordpress.passwords = False
    assert "not served over https" in cause(wordpress.url)


def test_insufficient_role_is_named(wordpress):
    wordpress.role = "contributor"
    assert "may not publish posts and upload files" in cause(wordpress.url)


def test_firewalls_and_login_pages_are_named_by_their_title(wordpress):
    wordpress.fail("users/me", "waf")
    assert "Attention Required! | Firewall" in cause(wordpress.url)
    wordpress.fail("users/me", "login")
    assert "Log In - My Site" in cause(wordpress.url)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(301, b"", {"location": "https://www.a.example/"}), "https://www.a.example/"),
        (Reply(200, b"<html></html>"), "no WordPress REST API"),
        (
            Reply(200, b"", {"link": '<http://evil.example/wp-json/>; rel="https://api.w.org/"'}),
            "http://evil.example/wp-json/",
        ),
    ],
)
def test_other_origin_gets_no_password(reply, said):
    asked = []

    def answer(request):
        asked.append(request)
        return Reply(reply.status, reply.body, dict(reply.headers))

    with serving(answer) as url:
        assert said in cause(url)
    assert not any("authorization" in request.headers for request in asked)


def test_unreachable_site_is_named():
    assert "127.0.0.1:9 cannot be reached" in cause("http://127.0.0.1:9")
