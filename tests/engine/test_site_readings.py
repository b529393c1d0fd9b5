"""A website is read once, politely, to its end, whatever dies on the way."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from igny8.engine import inventory
from igny8.engine.fault_injection import INVENTORY_FAULT_POINTS
from igny8.engine.inventory import claims, reading_worker
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import SitePage, SiteReading
from tests.publishing.http_server import Reply, serving

reading = SiteReading.__table__
HTML = {"content-type": "text/html"}
LONG = " ".join(f"word{n}" for n in range(60))


class Died(BaseException):
    """Stands for the end of the process."""


class Website:
    """A website in memory: `pages` by path; `posts` are those of its WordPress, if it has one."""

    def __init__(self):
        self.pages, self.posts, self.asked, self.url = {}, [], [], ""

    def __call__(self, request) -> Reply:
        self.asked.append(request.path)
        path = urlsplit(request.path).path
        if self.posts and path == "/":
            link = f'<{self.url}/wp-json/>; rel="https://api.w.org/"'
            return Reply(200, b"<html></html>", HTML | {"link": link})
        if self.posts and path == "/wp-json/wp/v2/posts":
            return self._list(parse_qs(urlsplit(request.path).query))
        found = self.pages.get(path)
        if callable(found):
            return found()
        return found or Reply(404, b"", HTML)

    def _list(self, query) -> Reply:
        since = query.get("modified_after", [""])[0].rstrip("Z")
        found = [post for post in self.posts if post["modified_gmt"] > since]
        size, page = int(query["per_page"][0]), int(query.get("page", ["1"])[0])
        part = found[(page - 1) * size : page * size]
        return Reply(200 if part or page == 1 else 400, json.dumps(part or []).encode())

    def add(self, path: str, title: str, more: str = "", text: str = "") -> None:
        body = f"<html lang=en><head><title>{title}</title>{more}</head><body><h1>{title}</h1><p>{title} {text or LONG}"
        self.pages[path] = Reply(200, body.encode(), HTML)
        listed = "".join(f"<url><loc>{each}</loc></url>" for each in self.pages if "." not in each)
        self.pages["/sitemap.xml"] = Reply(200, f"<urlset>{listed}</urlset>".encode())


@pytest.fixture
def website():
    found = Website()
    with serving(found) as url:
        found.url = url
        yield found


@pytest.fixture
def read(site, website):
    """Return a function that starts a reading, works until it ends, and returns its row."""

    def to_the_end(**values):
        inventory.start(site, website.url, "anna", **values)
        return work_on(site)

    return to_the_end


def work_on(site):
    is_open = True
    while is_open:
        with write_transaction() as tx:
            tx.execute(update(reading).values(not_before=None))
        is_open = inventory.read_next(pause=lambda _: None)
    with read_transaction() as tx:
        return SiteReading.newest(tx, site.id)


def pages(site) -> dict:
    with read_transaction() as tx:
        rows = tx.execute(select(SitePage.__table__).where(SitePage.site_id == site.id))
        return {urlsplit(row.address).path: row for row in rows}


def test_sitemap_is_read_with_the_reason_of_each_page_that_does_not_count(site, website, read):
    website.add("/beds", "Raised beds")
    website.add("/copy", "Raised beds")
    website.add("/alias", "Alias", '<link rel="canonical" href="/beds">', text="alias")
    website.add("/hidden", "Hidden", '<meta name="robots" content="noindex">', text="hidden")
    website.add("/lost", "Page not found", text="sorry")
    website.add("/gone", "Gone")
    website.pages["/gone"] = Reply(410, b"", HTML)
    website.pages["/old"] = Reply(301, b"", {"location": "/new"})
    website.pages["/pdf"] = Reply(200, b"%PDF", {"content-type": "application/pdf"})
    website.add("/loop", "Loop")
    website.pages["/loop"] = Reply(302, b"", {"location": "/loop"})
    website.pages["/new"] = Reply(200, f"<title>New</title>{LONG} new".encode(), HTML)
    website.pages["/robots.txt"] = Reply(200, b"User-agent: *\nDisallow: /hidden-too")
    website.add("/hidden-too", "Hidden too")
    website.add("/de", "Hochbeete", text="deutsch")
    website.pages["/de"] = Reply(200, b'<html lang="de"><title>Hochbeete</title>Hochbeet', HTML)
    row = read()
    found = pages(site)
    assert (row.state, row.error) == ("done", "")
    assert {path for path, each in found.items() if each.counts} == {"/beds", "/new"}
    reasons = {path: (each.state, each.reason) for path, each in found.items()}
    assert reasons["/copy"] == ("skipped", "It has the same text as /beds.")
    assert reasons["/alias"][0] == "skipped" and "canonical" in reasons["/alias"][1]
    assert reasons["/hidden"][0] == "read" and "noindex" in reasons["/hidden"][1]
    assert reasons["/lost"][0] == "failed" and "no such page" in reasons["/lost"][1]
    assert reasons["/gone"] == ("failed", "There is no such page (410).")
    assert "redirects to" in reasons["/old"][1] and "circle" in reasons["/loop"][1]
    assert "application/pdf" in reasons["/pdf"][1] and "robots.txt" in reasons["/hidden-too"][1]
    assert "another language" in reasons["/de"][1]
    assert found["/beds"].links == [] and found["/beds"].title == "Raised beds"


def test_site_without_404_responses_has_soft_404s(site, website, read):
    website.add("/beds", "Raised beds")
    website.add("/dead", "Welcome", text="all the same")
    answer = website.pages["/dead"]
    website.pages = _Always(website.pages, answer)
    read()
    assert pages(site)["/dead"].state == "failed" and pages(site)["/beds"].counts


class _Always(dict):
    def __init__(self, known, answer):
        super().__init__(known)
        self._answer = answer

    def get(self, key, default=None):
        known = super().get(key)
        return known or (self._answer if key.startswith("/igny8-") else default)


def test_500_wordpress_posts_are_listed_once_then_only_changes(site, website, read):
    website.posts = [post(website, n) for n in range(500)]
    website.pages["/wp-json/wp/v2/pages"] = Reply(200, b"[]")
    row = read()
    assert (row.state, row.found_as, row.pages_found) == ("done", "wordpress", 500)
    assert sum(each.counts for each in pages(site).values()) == 500
    assert not any(path.startswith("/post-") for path in website.asked)
    website.asked.clear()
    website.posts[7]["title"]["rendered"] = "Changed &amp; new"
    website.posts[7]["modified_gmt"] = "2999-01-01T00:00:00"
    assert read().state == "done"
    assert pages(site)["/post-7"].title == "Changed & new"
    lists = [path for path in website.asked if "/posts" in path and "per_page=100" in path]
    assert len(lists) == 1 and sum(each.counts for each in pages(site).values()) == 500


def post(website, number: int) -> dict:
    return {
        "id": number,
        "link": f"{website.url}/post-{number}/"[:-1],
        "title": {"rendered": f"Post {number}"},
        "content": {"rendered": f"<p>{number} {LONG}</p>"},
        "modified_gmt": "2026-01-01T00:00:00",
    }


@pytest.mark.parametrize("point", INVENTORY_FAULT_POINTS)
def test_reading_continues_after_its_worker_died(site, website, monkeypatch, point):
    for number in range(4):
        website.add(f"/p{number}", f"Page {number}", text=f"{LONG} {number}")
    inventory.start(site, website.url, "anna")
    monkeypatch.setattr("igny8.engine.inventory.page_steps.fault_point", _dying(point))
    with pytest.raises(Died):
        inventory.read_next(pause=lambda _: None)
    assert not inventory.read_next(pause=lambda _: None)  # its claim still holds
    with write_transaction() as tx:
        tx.execute(update(reading).values(heartbeat_at=reading.c.created_at))
        tx.execute(update(reading).values(heartbeat_at=None, claim_token=None))
    assert work_on(site).state == "done"
    assert sorted(pages(site)) == ["/p0", "/p1", "/p2", "/p3"]
    assert all(each.counts for each in pages(site).values())
    again = sum(website.asked.count(f"/p{number}") for number in range(4))
    assert again <= 5


def _dying(point: str):
    count = iter(range(100))

    def die(name: str) -> None:
        if name == point and next(count) == 1:
            raise Died

    return die


def test_page_that_crashes_its_worker_counts_as_failed(site, website, monkeypatch):
    website.add("/bad", "Bad")
    website.add("/good", "Good", text="good")

    def die(name: str) -> None:
        with read_transaction() as tx:
            bad = tx.execute(select(SitePage.__table__).order_by(SitePage.id)).first()
        if name == "page_fetched" and bad.attempts < 4 and bad.state == "waiting":
            raise Died

    monkeypatch.setattr("igny8.engine.inventory.page_steps.fault_point", die)
    inventory.start(site, website.url, "anna")
    for _ in range(20):
        try:
            if not inventory.read_next(pause=lambda _: None):
                break
        except Died:
            with write_transaction() as tx:
                tx.execute(update(reading).values(claim_token=None, attempts=0))
    assert pages(site)["/bad"].state == "failed" and pages(site)["/good"].state == "read"


def test_site_that_asks_to_wait_is_read_later(site, website):
    website.add("/a", "A")
    told = iter([Reply(429, b"", {"retry-after": "30"})])
    answer = website.pages["/a"]
    website.pages["/a"] = lambda: next(told, answer)
    inventory.start(site, website.url, "anna")
    assert inventory.read_next(pause=lambda _: None)
    with read_transaction() as tx:
        row = SiteReading.newest(tx, site.id)
    assert row.state == "queued" and (row.not_before - row.created_at).total_seconds() > 25
    assert not inventory.read_next(pause=lambda _: None)
    assert work_on(site).state == "done" and pages(site)["/a"].counts


def test_website_that_never_answers_fails_after_bounded_tries(site, website):
    website.pages["/robots.txt"] = Reply(500)
    inventory.start(site, website.url, "anna")
    row = work_on(site)
    assert (row.state, len(website.asked)) == ("failed", claims.MAX_ATTEMPTS)


def test_page_that_is_no_longer_listed_is_gone(site, website, read):
    website.add("/a", "A", text="a")
    website.add("/b", "B", text="b")
    read()
    del website.pages["/b"]
    website.add("/a", "A", text="a")
    read()
    assert (pages(site)["/b"].state, pages(site)["/b"].counts) == ("gone", False)


def test_list_of_addresses_does_not_change_other_pages(site, website, read):
    website.add("/a", "A", text="a")
    read()
    website.add("/b", "B", text="b")
    assert read(addresses="URL\n/b\n").state == "done"
    assert all(pages(site)[path].counts for path in ("/a", "/b"))


def test_site_has_one_reading_at_a_time_that_can_be_cancelled(site, website, monkeypatch):
    website.add("/a", "A")
    inventory.start(site, website.url, "anna")
    with pytest.raises(ActionRefused, match="already"):
        inventory.start(site, website.url, "anna")
    claim = claims.claim_next()
    assert claims.claim_next() is None and inventory.cancel(site.id)
    with pytest.raises(claims.Cancelled), write_transaction() as tx:
        claims.renew(tx, claim)
    reading_worker._end(claim, "cancelled")
    assert not inventory.cancel(site.id)
    inventory.start(site, website.url, "anna")


def test_address_inside_the_network_is_refused_at_once(site):
    with pytest.raises(ActionRefused, match="never allowed"):
        inventory.start(site, "http://169.254.169.254/", "anna")
    with pytest.raises(ActionRefused, match="inside of this machine or network"):
        inventory.start(site, "http://10.1.2.3/", "anna")
