"""Links to pages that were never written are taken out, and nothing else is."""

import pytest

from igny8.internal_links import internal_link_slugs, remove_dead_links


@pytest.mark.parametrize(
    ("html", "left"),
    [
        (
            '<p><a href="/a">A</a> · <a href="/b">B</a> · <a href="/c">C</a></p>',
            '<p><a href="/a">A</a> · <a href="/c">C</a></p>',
        ),
        ('<p><a href="/b">B</a></p><p>Text</p>', "<p>Text</p>"),
        ('<p>See <a href="/b">the B page</a>.</p>', "<p>See the B page.</p>"),
        ('<li><a href="/b">B</a></li>', "<li>B</li>"),
        (
            '<p><a href="https://x.example/b">out</a></p>',
            '<p><a href="https://x.example/b">out</a></p>',
        ),
        ('<p><a href="//x.example/b">out</a></p>', '<p><a href="//x.example/b">out</a></p>'),
        ("<p>a < b &amp; c</p>", "<p>a < b &amp; c</p>"),
    ],
)
def test_only_dead_links_are_removed(html, left):
    assert remove_dead_links(html, {"a", "c"}) == left


def test_link_targets_are_slugs_of_the_same_site():
    assert internal_link_slugs(
        '<a href="/a">A</a><a href="https://x/b">B</a><a href="//x/c">C</a><a>D</a>'
    ) == {"a"}
