"""A website is asked politely, within its robots.txt, and never outside of the outbound rules."""

from urllib.parse import urlsplit

import pytest

from igny8.inventory.fetching import MAX_PAGE_BYTES, MAX_PAUSE_S, Fetcher, PageError
from igny8.outbound.allowlist import Allowlist
from tests.publishing.http_server import Reply, serving

HTML = {"content-type": "text/html"}


@pytest.fixture
def pages():
    return {}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def home(pages, asked):
    def answer(request):
        asked.append(request)
        return pages.get(request.path, Reply(404, b"", HTML))

    with serving(answer) as url:
        yield f"{url}/"


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def fetcher(home, pauses):
    # only this port: other ports of this machine stay forbidden
    with Fetcher(home, Allowlist.of(urlsplit(home).netloc), pauses.append) as found:
        yield found


def redirect(to: str) -> Reply:
    return Reply(302, b"", {"location": to})


def test_robots_txt_and_its_delay_are_respected(fetcher, home, pages, asked, pauses):
    rules = b"User-agent: *\nDisallow: /private*\nCrawl-delay: 3\nSitemap: /map.xml\n"
    pages |= {"/robots.txt": Reply(200, rules), "/a": Reply(200, b"a", HTML)}
    assert fetcher.get(f"{home}a").body == b"a"
    with pytest.raises(PageError, match=r"robots\.txt"):
        fetcher.get(f"{home}private-things")
    assert [request.path for request in asked] == ["/robots.txt", "/a"]
    assert {request.headers["user-agent"] for request in asked} == {"IGNY8"}
    assert pauses == [3.0] and fetcher.sitemaps == ["/map.xml"]


def test_long_crawl_delay_is_shortened(fetcher, home, pages, pauses):
    pages |= {"/robots.txt": Reply(200, b"User-agent: *\nCrawl-delay: 86400\n"), "/a": Reply()}
    fetcher.get(f"{home}a")
    assert pauses == [MAX_PAUSE_S]


def test_nothing_is_read_while_robots_txt_fails(fetcher, home, pages, asked):
    pages |= {"/robots.txt": Reply(503, b"", {"retry-after": "7"}), "/a": Reply()}
    with pytest.raises(PageError) as error:
        fetcher.get(f"{home}a")
    assert (error.value.permanent, error.value.retry_after) == (False, 7.0)
    assert [request.path for request in asked] == ["/robots.txt"]


def test_redirects_within_the_site_are_followed_and_circles_end(fetcher, home, pages):
    pages |= {"/old": redirect("/new"), "/new": Reply(200, b"new", HTML)}
    found = fetcher.get(f"{home}old")
    assert (found.address, found.hops) == (f"{home}new", (f"{home}old",))
    pages |= {"/x": redirect("/y"), "/y": redirect("/x")}
    with pytest.raises(PageError, match="circle"):
        fetcher.get(f"{home}x")
    pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(20)}
    with pytest.raises(PageError, match="more than"):
        fetcher.get(f"{home}0")


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/", "http://127.0.0.1:1/", "http://10.0.0.1/"]
)
def test_redirect_inside_the_network_is_refused(fetcher, home, pages, to):
    pages["/a"] = redirect(to)
    with pytest.raises(PageError, match="another site"):
        fetcher.get(f"{home}a")


def test_private_website_is_refused_unless_it_is_allowed(home, asked):
    with Fetcher(home, Allowlist(), lambda _: None) as fetcher, pytest.raises(PageError) as error:
        fetcher.get(home)
    assert error.value.kind == "address" and asked == []


def test_endless_page_is_cut_at_the_limit(fetcher, home, pages):
    pages["/big"] = Reply(200, b"x" * (MAX_PAGE_BYTES + 100_000), HTML)
    found = fetcher.get(f"{home}big")
    assert found.is_cut and len(found.body) == MAX_PAGE_BYTES


def test_text_is_read_in_its_declared_encoding(fetcher, home, pages):
    pages["/a"] = Reply(
        200, "für".encode("latin-1"), {"content-type": "text/html; charset=latin-1"}
    )
    pages["/b"] = Reply(200, '<meta charset="windows-1252">für'.encode("cp1252"), HTML)
    pages["/c"] = Reply(200, "für".encode(), {"content-type": "text/html; charset=rot13"})
    assert all("für" in fetcher.get(f"{home}{name}").text for name in "abc")
