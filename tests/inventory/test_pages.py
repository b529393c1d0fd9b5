"""A page is read for what it says, and only that."""

from igny8.inventory.page import MAX_LINKS, MAX_TEXT_CHARS, read_page

AT = "https://example.com/raised-beds"
PAGE = """<!doctype html><html lang="en-GB"><head><title>Raised  beds | Green</title>
<link rel="canonical" href="/raised-beds"><link rel="alternate" hreflang="de" href="/de/hochbeete">
<meta name="Robots" content="max-snippet:-1, NOINDEX"></head><body><nav>Menu <a href="/about">About</a></nav>
<main><h1>Raised <em>beds</em></h1><p>Soil mix.</p><!-- secret --><script>var x</script>
<a href="soil#a">Soil</a> <a href="https://other.example/">Other</a> <a href="mailto:a@b.c">Mail</a></main></body></html>"""


def test_page_gives_title_heading_text_links_language_and_address():
    found = read_page(PAGE, AT)
    assert (found.title, found.h1, found.language) == (
        "Raised beds | Green",
        "Raised beds",
        "en-gb",
    )
    assert found.text == "Raised beds Soil mix. Soil Other Mail"
    assert found.links == ("https://example.com/about", "https://example.com/soil")
    assert found.canonical == AT and found.is_noindex
    assert found.alternates == (("de", "https://example.com/de/hochbeete"),)


def test_text_and_links_of_a_page_are_bounded():
    links = "".join(f'<a href="/p{n}">word word word word</a>' for n in range(5_000))
    found = read_page(f"<body>{links}</body>", AT)
    assert len(found.text) <= MAX_TEXT_CHARS and len(found.links) == MAX_LINKS


def test_deeply_nested_page_is_read():
    assert read_page("<div>" * 30_000 + "deep", AT).text == "deep"


def test_page_that_says_not_found_is_a_soft_404():
    assert read_page("<title>Page not found</title><p>Sorry.</p>", AT).says_not_found
    assert not read_page(
        f"<title>Not found by ramblers</title><p>{'word ' * 300}</p>", AT
    ).says_not_found


def test_title_with_the_number_404_is_an_ordinary_one():
    assert not read_page("<title>Post 404</title><p>Short.</p>", AT).says_not_found
