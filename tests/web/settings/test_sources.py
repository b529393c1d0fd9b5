"""Sources of a site: added from text, file and page, listed, removed; a refused form loses nothing."""

import io

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.engine import site_sources
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Site, SiteSource
from tests.factories import make_user, sign_in
from tests.publishing.http_server import Reply, serving
from tests.sources.files import SENTENCE, pdf, word_file

PAGE = "/sites/green-garden/settings/sources"
TEXT = f"Our measurements\n\n{SENTENCE} The slates weigh 45 kg."


def stored():
    with read_transaction() as tx:
        return tx.execute(select(SiteSource.__table__).order_by(SiteSource.id)).all()


def upload(client, name: str, data: bytes, **fields: str):
    return client.post(PAGE, data={"file": (io.BytesIO(data), name), **fields})


def test_pasted_text_is_divided_listed_and_removed(client, site):
    assert client.post(PAGE, data={"text": TEXT}).status_code == 303
    [row] = stored()
    assert (row.kind, row.title, row.added_by) == ("text", "Our measurements", "owner")
    assert SENTENCE in "".join(row.passages) and row.passage_count == len(row.passages) == 1
    shown = BeautifulSoup(client.get(PAGE).text, "html.parser").select_one(".server").get_text()
    assert f"{row.chars} characters" in shown and "1 passage" in shown
    assert client.post(f"{PAGE}/{row.id}/remove").status_code == 303 and stored() == []
    assert "already" in client.post(f"{PAGE}/{row.id}/remove", follow_redirects=True).text


@pytest.mark.parametrize(
    ("name", "data"), [("roof.pdf", pdf(SENTENCE)), ("roof.docx", word_file(SENTENCE))]
)
def test_file_is_a_source_with_its_name_or_the_title(client, site, name, data):
    assert upload(client, f"files/{name}", data).status_code == 303
    assert (stored()[0].kind, stored()[0].title) == ("file", name)
    assert SENTENCE in " ".join(stored()[0].passages)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "one of them"),
        ({"text": TEXT, "address": "greengarden.example"}, "one of them"),
        ({"text": "short"}, "no text in it"),
        ({"text": "ab cd. " * 43_000}, "300,000 fit"),
        ({"text": TEXT, "title": "x" * 201}, "Shorten"),
        ({"address": "https://other.example/"}, "a page of https://greengarden.example/"),
        ({"address": "http://"}, "a page of https://greengarden.example/"),
    ],
)
def test_refused_form_says_why_and_keeps_what_was_typed(client, site, fields, message):
    answer = client.post(PAGE, data=fields)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422 and message in page.main.get_text() and stored() == []
    assert page.select_one("#f-text").get_text() == fields.get("text", "")
    assert page.select_one("#f-address")["value"] == fields.get("address", "")


def test_file_that_is_broken_or_too_large_is_refused(client, site):
    answer = upload(client, "roof.pdf", b"broken", title="My title")
    assert answer.status_code == 422 and "is broken" in answer.text and "My title" in answer.text
    answer = upload(client, "a.txt", b"x" * (site_sources.MAX_FILE_BYTES + 1))
    assert answer.status_code == 422 and "10 MB" in answer.text and stored() == []


def test_sources_are_unique_and_limited_per_site(client, site, monkeypatch):
    client.post(PAGE, data={"text": TEXT})
    assert client.post(PAGE, data={"text": TEXT}).status_code == 409 and len(stored()) == 1
    monkeypatch.setattr(site_sources, "MAX_SOURCES", 1)
    answer = client.post(PAGE, data={"text": f"More. {TEXT}"})
    assert answer.status_code == 422 and "Remove one first" in answer.text and len(stored()) == 1


ROOF = f"<title>Roofs</title><nav>Menu</nav><main><h1>Roofs</h1><p>{SENTENCE}</p></main>".encode()
HTML = {"content-type": "text/html"}


def page_of(client, site, robots: bytes = b""):
    """Add a page of a site that runs on this machine; return the answer."""

    def answer(request):
        if request.path == "/robots.txt":
            return Reply(200, robots, {"content-type": "text/plain"})
        return Reply(200, ROOF, HTML) if request.path == "/roofs" else Reply(404, b"", HTML)

    with serving(answer) as url:
        with write_transaction() as tx:
            tx.execute(update(Site).values(url=url))
        path = client.post(PAGE, data={"address": f"{url}/missing"})
        assert path.status_code == 422
        return client.post(PAGE, data={"address": f"{url}/roofs"})


def test_page_of_the_site_is_read_and_linked(client, site):
    assert page_of(client, site).status_code == 303
    [row] = stored()
    assert (row.kind, row.title) == ("page", "Roofs") and row.address.endswith("/roofs")
    assert SENTENCE in " ".join(row.passages) and "Menu" not in " ".join(row.passages)


def test_page_behind_robots_or_on_a_private_address_is_not_read(client, site):
    answer = page_of(client, site, robots=b"User-agent: *\nDisallow: /roofs")
    assert answer.status_code == 422 and "robots.txt" in answer.text
    with write_transaction() as tx:
        tx.execute(update(Site).values(url="http://10.0.0.7"))
    answer = client.post(PAGE, data={"address": "10.0.0.7/roofs"})
    refusal = BeautifulSoup(answer.text, "html.parser").select_one(".notice.bad").get_text()
    assert answer.status_code == 422 and "could not be read" in refusal and stored() == []
    assert "inside of this machine or network" in refusal


def test_page_needs_the_address_of_the_website(client, site):
    with write_transaction() as tx:
        tx.execute(update(Site).values(url=""))
    answer = client.post(PAGE, data={"address": "https://greengarden.example/"})
    assert answer.status_code == 422 and "Site and runs" in answer.text


@pytest.mark.parametrize("role", ["viewer", "reviewer", "editor"])
def test_only_managers_see_and_change_sources(app, client, site, role):
    client.post(PAGE, data={"text": TEXT})
    other = sign_in(app.test_client(), make_user(role, green_garden=role))
    assert other.get(PAGE).status_code == 403
    assert other.post(PAGE, data={"text": f"Other. {TEXT}"}).status_code == 403
    assert other.post(f"{PAGE}/{stored()[0].id}/remove").status_code == 403 and len(stored()) == 1
