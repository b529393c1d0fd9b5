"""The text of a post is read back as it was sent, and what a person wrote there is sanitised."""

import pytest

from igny8.publishing.wordpress.blocks import Media, marker_comment, to_blocks, to_classic
from igny8.publishing.wordpress.reading import plain_text, post_html
from igny8.sanitising import clean
from igny8.web.content.text_diff import changed_lines

SENT = clean(
    "<p>Sow in <strong>March</strong> &amp; April, a &lt; b.</p><h2>Tools [x]</h2>"
    "<ul><li>Tray<ul><li>deep</li></ul></li><li>Soil</li></ul>"
    "<h3>Steps</h3><ol start='3'><li>Fill</li></ol><blockquote><p>Wait.</p></blockquote>"
    "<table><caption>Days</caption><thead><tr><th>Plant</th></tr></thead>"
    "<tbody><tr><td>Leek</td></tr></tbody></table><pre><code>x  =\n\n 1</code></pre><hr>"
    '<p>See <a href="https://a.example/p">more</a>.</p>'
)
IMAGES = [Media(3, "https://a.example/i.webp", "A tray", "Tools [x]")]
MARK = marker_comment("0123456789abcdef", "f" * 64)


@pytest.mark.parametrize("write", [to_blocks, to_classic])
def test_untouched_post_reads_back_as_the_text_that_was_sent(write):
    read = post_html(write(SENT, IMAGES, MARK))
    assert changed_lines(SENT, read) == []
    assert "igny8" not in read and "img" not in read and read == clean(read)
    for tag in ("strong", "pre", "caption", "thead", "hr", 'start="3"', "https://a.example/p"):
        assert tag in read


def test_text_of_the_classic_editor_gets_its_paragraphs():
    raw = "One <b>bold</b>\nline.\n\nTwo &lt;b&gt;\n<h2>Head</h2>\nThree\n<!-- igny8:a:b -->"
    assert post_html(raw).split("\n") == [
        "<p>One <b>bold</b><br>line.</p>",
        "<p>Two &lt;b&gt;</p>",
        "<h2>Head</h2>",
        "<p>Three</p>",
    ]


def test_scripts_pictures_and_unknown_headings_of_a_person_are_cleaned():
    raw = (
        '<h1>Big</h1><p onclick="x()">Text<script>alert(1)</script></p><h5>Small</h5>'
        '<figure><img src="x" onerror="y"><figcaption>Cap</figcaption></figure>'
        '<p><a href="/big.jpg"><img src="x"></a></p><p><a href="javascript:x">go</a></p>'
        '<figure class="wp-block-pullquote"><blockquote><p>Said</p></blockquote></figure>'
    )
    read = post_html(raw)
    assert "<h2>Big</h2>" in read and "<h4>Small</h4>" in read and "<p>Said</p>" in read
    for gone in ("script", "onclick", "img", "Cap", "figure", "big.jpg", "<p></p>"):
        assert gone not in read


def test_title_is_read_without_markup():
    assert plain_text("Seeds &amp; <em>trays</em>\n &#8211; now") == "Seeds & trays – now"
