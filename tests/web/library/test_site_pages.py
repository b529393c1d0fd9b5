"""The pages of the website: reading them, their progress, the list, the command line."""

import pytest
from sqlalchemy import update

from igny8.engine import inventory
from igny8.extensions import write_transaction
from igny8.models import SitePage, SiteReading
from igny8.models.site_page import ListedAddress
from tests.publishing.http_server import Reply, serving

HTML = {"content-type": "text/html"}
URL = "/sites/green-garden/site-pages"


@pytest.fixture
def website():
    pages = {
        "/sitemap.xml": Reply(
            200, b"<urlset><url><loc>/beds</loc></url><url><loc>/no</loc></url></urlset>"
        ),
        "/beds": Reply(200, b"<title>Raised beds</title><p>Soil.", HTML),
    }
    with serving(lambda request: pages.get(request.path, Reply(404, b"", HTML))) as url:
        yield url


def test_site_is_read_from_the_page_and_its_pages_are_listed(client, site, website):
    assert "Read the site" in client.get(URL).text
    answer = client.post(f"{URL}/reading", data={"url": website})
    assert answer.location == f"{URL}/reading"
    shown = client.get(answer.location).text
    assert "Waiting to start" in shown and 'hx-trigger="every' in shown
    assert "already" in client.post(f"{URL}/reading", data={"url": website}).text
    while inventory.read_next(pause=lambda _: None):
        pass
    done = client.get(f"{URL}/reading/live").text
    assert "The site was read" in done and "hx-trigger" not in done
    table = client.get(URL).text
    assert "/beds" in table and "There is no such page (404)." in table
    assert ">/no<" not in client.get(f"{URL}?state=own").text
    assert "Raised beds" in client.get(f"{URL}?q=raised&sort=title").text
    assert ">/beds<" not in client.get(f"{URL}?state=failed").text


def test_reading_is_cancelled_and_keeps_its_tag(client, site, website):
    client.post(f"{URL}/reading", data={"url": website})
    assert client.post(f"{URL}/reading/cancel").status_code == 303
    assert "was cancelled" in client.get(f"{URL}/reading").text
    assert client.post(f"{URL}/reading/cancel").status_code == 303


def test_wrong_address_says_what_to_enter(client, site):
    answer = client.post(f"{URL}/reading", data={"url": "http://169.254.169.254/"})
    assert answer.status_code == 422 and "never allowed" in answer.text


def test_hostile_title_is_escaped(client, site):
    with write_transaction() as tx:
        reading = SiteReading.queue(tx, site, url="https://example.com/")
        SitePage.enlist(
            tx,
            site,
            reading,
            [ListedAddress("https://example.com/<b>", "<script>x</script>", None)],
            9,
        )
        tx.execute(update(SitePage).values(reason="<img src=x onerror=1>", state="failed"))
    shown = client.get(URL).text
    assert "<script>x" not in shown and "<img src=x" not in shown and "&lt;script&gt;" in shown
