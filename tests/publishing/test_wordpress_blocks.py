"""Texts become block markup: one block per element, images with their numbers, a comment at the end."""

import re

from igny8.publishing.wordpress.blocks import Media, marker_comment, to_blocks, to_classic

COMMENT = marker_comment("ab12", "0123456789abcdef0123")
IMAGE = Media(7, "https://a.example/x.webp", 'A "tray"', "When")


def blocks_of(html: str, *images: Media) -> list[str]:
    """Return the names of the blocks in the order in which they begin; the last holds the comment."""
    return re.findall(r"<!-- wp:([a-z-]+)", to_blocks(html, list(images), COMMENT))[:-1]


def test_each_element_becomes_its_block():
    html = (
        "<h2>When</h2><p>Now.</p><h3>How</h3><ul><li>a<ol><li>b</li></ol></li></ul>"
        "<blockquote><p>Said.</p></blockquote><pre><code>x &lt; 1</code></pre><hr>"
        "<table><thead><tr><th>K</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
        "<dl><dt>a</dt><dd>b</dd></dl>"
    )
    assert blocks_of(html) == [
        *("heading", "paragraph", "heading", "list", "list-item", "list", "list-item"),
        *("quote", "paragraph", "code", "separator", "table", "html"),
    ]


def test_blocks_open_and_close_in_pairs():
    made = to_blocks("<p>a</p><ul><li>b</li></ul><p> </p>", [], COMMENT)
    opened, closed = (re.findall(rf"<!-- {sign}wp:([a-z-]+)", made) for sign in ("", "/"))
    assert sorted(opened) == sorted(closed) == ["html", "list", "list-item", "paragraph"]
    assert made.endswith(f"<!-- wp:html -->\n{COMMENT}\n<!-- /wp:html -->")


def test_image_is_placed_below_its_heading_with_its_id():
    made = to_blocks("<h2>When</h2><p>Now.</p>", [IMAGE], COMMENT)
    assert '<!-- wp:image {"id":7,"sizeSlug":"full","linkDestination":"none"} -->' in made
    assert 'alt="A &quot;tray&quot;" class="wp-image-7"' in made
    assert made.index("wp:heading") < made.index("wp:image") < made.index("wp:paragraph")


def test_loose_text_becomes_a_paragraph_block():
    assert "<p>Hello <em>there</em>.</p>" in to_blocks("Hello <em>there</em>.", [], COMMENT)


def test_table_keeps_caption_and_spans():
    html = (
        "<table><caption>C</caption><thead><tr><th>K</th><th>L</th></tr></thead>"
        "<tbody><tr><th scope=row>a</th><td dir=auto>b</td></tr><tr><td colspan=2>c</td></tr>"
        "</tbody></table>"
    )
    made = to_blocks(html, [], COMMENT)
    assert '<!-- wp:table {"hasFixedLayout":false} -->' in made
    assert "<thead><tr><th>K</th><th>L</th></tr></thead><tbody><tr><th>a</th><td>b</td>" in made
    assert '<tr><td colspan="2">c</td></tr></tbody></table>' in made
    assert '<figcaption class="wp-element-caption">C</figcaption></figure>' in made


def test_hostile_markup_creates_no_block_or_shortcode():
    html = "<p>[gallery] <!-- wp:html --><script>alert(1)</script></p><p onclick=x>b</p>"
    made = to_blocks(html, [], COMMENT)
    assert "[" not in made and "script" not in made and "onclick" not in made
    assert blocks_of(html) == ["paragraph", "paragraph"]


def test_classic_html_has_the_text_the_images_and_the_comment():
    made = to_classic("<h2>When</h2><p>Now.</p>", [IMAGE], COMMENT)
    assert "wp:" not in made and 'class="wp-image-7"' in made and made.endswith(COMMENT)
