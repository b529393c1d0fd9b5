"""Static files: kept by browsers at their versioned address, compressed where it is safe."""

import gzip
import re

import pytest

GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def style(client) -> str:
    """Return the address of the style as a page names it."""
    return re.search(r'href="(/static/app\.css\?v=\w+)"', client.get("/sites/new").text)[1]


def test_versioned_file_is_cached_for_a_year(client, style):
    cache_control = client.get(style).headers["Cache-Control"]
    assert cache_control == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", ["/static/app.css", "/static/app.css?v=old"])
def test_file_without_its_version_is_revalidated(client, address):
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["answers.js", "app.css", "app.js", "drafts.js", "htmx.min.js", "live.js"]
)
def test_style_and_scripts_are_compressed(client, name):
    plain, packed = (client.get(f"/static/{name}", headers=headers) for headers in ({}, GZIP))
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.mimetype == plain.mimetype


def test_compressed_file_is_revalidated_too(client):
    packed = client.get("/static/app.css", headers=GZIP)
    again = client.get("/static/app.css", headers=GZIP | {"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_range_of_a_file_is_not_compressed(client):
    answer = client.get("/static/app.css", headers=GZIP | {"Range": "bytes=0-9"})
    assert (answer.status_code, len(answer.data)) == (206, 10)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("address", ["/sites/new", "/sites/green-garden/automation"])
def test_pages_with_a_token_are_not_compressed(client, site, address):
    answer = client.get(address, headers=GZIP)
    assert "csrf_token" in answer.text and "Content-Encoding" not in answer.headers


def test_missing_file_is_not_cached(client):
    answer = client.get("/static/none.css?v=0", headers=GZIP)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
