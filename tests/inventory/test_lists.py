"""Sitemaps, feeds and lists of addresses are read; what is hostile in them is refused."""

import gzip
import tracemalloc

import pytest

from igny8.errors import ExternalError
from igny8.inventory.addresses import is_same_site, normalize, path_of, words_of
from igny8.inventory.csv_list import read_address_list
from igny8.inventory.fetching import PageError, unpack
from igny8.inventory.xml_lists import SitemapReference, read_xml_list

HOME = "https://www.example.com/"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(count: int) -> bytes:
    one = "<url><loc>https://www.example.com/page-{}</loc><lastmod>2026-01-02</lastmod></url>"
    return f"<urlset {NS}>{''.join(map(one.format, range(count)))}</urlset>".encode()


def test_sitemap_is_read_up_to_50000_addresses():
    assert sum(1 for _ in read_xml_list(sitemap(50_010), HOME)) == 50_000


def test_memory_does_not_grow_with_the_number_of_addresses():
    body = sitemap(4_000)
    tracemalloc.start()
    found = sum(1 for _ in read_xml_list(body, HOME))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == 4_000 and peak < 600_000  # the tree of its elements takes 3 MB


def test_index_names_sitemaps_and_sitemap_names_pages_with_their_time():
    index = f"<sitemapindex {NS}><sitemap><loc>/a.xml.gz</loc></sitemap></sitemapindex>"
    assert list(read_xml_list(index.encode(), HOME)) == [SitemapReference(f"{HOME}a.xml.gz")]
    body = f"<urlset {NS}><url><loc> {HOME}x?utm_source=a#b </loc><lastmod>2026-03-04T05:06:07Z</lastmod></url></urlset>"
    (page,) = read_xml_list(unpack(gzip.compress(body.encode())), HOME)
    assert (page.address, page.modified_at.isoformat()) == (f"{HOME}x", "2026-03-04T05:06:07+00:00")


def test_rss_and_atom_name_their_pages():
    rss = "<rss><channel><link>/</link><item><title>Raised  beds</title><link>/raised-beds</link>"
    rss += "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>"
    (item,) = read_xml_list(rss.encode(), HOME)
    assert (item.address, item.title, item.modified_at.year) == (
        f"{HOME}raised-beds",
        "Raised beds",
        2026,
    )
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="edit" href="/e"/><link href="/a"/></entry></feed>'
    assert [each.address for each in read_xml_list(atom.encode(), HOME)] == [f"{HOME}a"]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>',
        b"<urlset><url><loc>https://www.example.com/</loc>",
        b"<html><body>Not found</body></html>",
        b"",
    ],
)
def test_entities_damaged_files_and_pages_are_not_sitemaps(body):
    with pytest.raises(PageError):
        list(read_xml_list(body, HOME))


def test_gzip_bomb_is_refused():
    with pytest.raises(PageError, match="larger than 1 MB"):
        unpack(gzip.compress(bytes(5 * 2**20)), 2**20)


def test_address_list_is_lines_or_a_csv_column():
    lines = read_address_list("/a\nhttps://www.example.com/b#c\n/a\nno address\n", HOME)
    assert [each.address for each in lines] == [f"{HOME}a", f"{HOME}b"]
    table = read_address_list("Clicks;URL;Title\n1;/a;Raised beds\n", HOME)
    assert (table[0].address, table[0].title) == (f"{HOME}a", "Raised beds")
    with pytest.raises(ExternalError, match="no address"):
        read_address_list("nothing here", HOME)


def test_addresses_are_normalised():
    assert (
        normalize("HTTPS://Example.com:443/a b?utm_x=1&q=2#top") == "https://example.com/a%20b?q=2"
    )
    assert normalize("https://bücher.example/ä") == "https://xn--bcher-kva.example/%C3%A4"
    assert normalize("mailto:a@b.c") is None and normalize("https://[bad") is None
    assert normalize("https://example.com/" + "a" * 3000) is None
    assert is_same_site("http://example.com/", "https://www.example.com/x")
    assert not is_same_site("https://example.com:8443/", "https://example.com/")
    assert path_of("https://example.com/%C3%A4?a=1") == "/ä?a=1"
    assert words_of("https://example.com/garden/raised-beds.html") == "raised beds"
