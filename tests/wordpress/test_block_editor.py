"""The block editor of a real WordPress takes each post as its own: no block is called invalid.

IGNY8_TEST_ARTICLES=20 opens so many posts; IGNY8_TEST_SCREENSHOTS=FOLDER keeps a picture of each.
"""

import os
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image as Picture

from igny8.publishing.requests import make_target_client
from igny8.publishing.wordpress import WordPress
from igny8.publishing.wordpress.blocks import Media, marker_comment, to_blocks
from tests.reference.test_yoast import demonstration
from tests.wordpress.conftest import HERE
from tests.wordpress.server import LOGIN_PASSWORD, USER

COUNT = int(os.environ.get("IGNY8_TEST_ARTICLES", "3"))
PICTURES = os.environ.get("IGNY8_TEST_SCREENSHOTS", "")
pytestmark = pytest.mark.browser
EVERYTHING = """
<h2>When to <em>begin</em> &amp; why</h2><p>Now, says “a < b”; <a href="https://a.example/?a=1&amp;b=2">see</a>,
<code>x &lt; y</code>, <strong>bold <em>both</em></strong>, H<sub>2</sub>O<br>next line.</p>
<h3>How [gallery]</h3><ul><li>one<ul><li>inner<ol><li>deep</li></ol></li></ul></li><li><p>two</p></li></ul>
<ol start="3"><li>three</li><li>four</li></ol><h4>Said</h4><blockquote><p>First.</p><p>Second.</p></blockquote>
<pre><code>def f(x):
    return x &lt; 1 &amp;&amp; "[caption]"
</code></pre><hr><p dir="rtl">مرحبا</p>loose text
<table><caption>Sums</caption><thead><tr><th>K</th><th>L</th></tr></thead><tbody><tr><th scope="row">a</th>
<td dir="auto">b</td></tr><tr><td colspan="2">c &amp; d</td></tr></tbody></table>
<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table><dl><dt>a</dt><dd>b</dd></dl>
"""
INVALID = """() => {
    const all = blocks => blocks.flatMap(block => [block, ...all(block.innerBlocks)]);
    return all(wp.data.select('core/block-editor').getBlocks())
        .filter(block => !block.isValid || block.name === 'core/missing' || block.name === 'core/freeform')
        .map(block => block.name + ': ' + block.originalContent);
}"""
SERIALIZED = "() => wp.blocks.serialize(wp.data.select('core/block-editor').getBlocks())"
READY = "() => window.wp?.data?.select('core/block-editor')?.getBlockCount() > 0"


def texts() -> list[tuple[str, str]]:
    """Return name and HTML of articles: one with every element, and samples in five languages."""
    found = [("everything", EVERYTHING)]
    found += [(article["name"], article["html"]) for article in demonstration()]
    return list(islice(found, COUNT))


@pytest.fixture(scope="module")
def posts(wordpress, tmp_path_factory) -> dict[int, str]:
    """Return the content of posts of the texts, each with an image, by number."""
    file = tmp_path_factory.mktemp("images") / "a.webp"
    Picture.new("RGB", (1200, 675), "olive").save(file, "WEBP")
    made = {}
    with make_target_client(HERE) as http:
        site = WordPress(http, str, f"{wordpress.url}/wp-json/", USER, wordpress.secret)
        image = site.upload(file, "a.webp").value
        for name, html in texts():
            heading = html.partition("</h2>")[0].rpartition("<h2>")[2]
            media = [Media(image["id"], image["source_url"], 'A "tray" & more', heading)]
            content = to_blocks(html, media, marker_comment("ab12", "0123456789abcdef"))
            post = site.post("/wp/v2/posts", title=name, content=content, status="publish").value
            made[post["id"]] = content
    return made


@pytest.fixture(scope="module")
def editor(chromium, wordpress):
    """Return a page of the browser that is signed in to WordPress."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{wordpress.url}/wp-login.php")
    page.fill("#user_login", USER)
    page.fill("#user_pass", LOGIN_PASSWORD)
    page.click("#wp-submit")
    page.wait_for_url("**/wp-admin/**")
    yield page
    context.close()


def test_block_editor_accepts_every_block(editor, wordpress, posts):
    assert len(posts) == COUNT
    for post_id, content in posts.items():
        editor.goto(f"{wordpress.url}/wp-admin/post.php?post={post_id}&action=edit")
        editor.wait_for_function(READY)
        assert editor.evaluate(INVALID) == [], content
        assert _lines(editor.evaluate(SERIALIZED)) == _lines(content)
        shown = " ".join(frame.content() for frame in editor.frames)
        assert "unexpected or invalid content" not in shown
        if PICTURES:
            take_pictures(editor, wordpress.url, post_id)


def take_pictures(page, url: str, post_id: int) -> None:
    """Keep a picture of a post in the editor, and as readers see it."""
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    page.evaluate(
        "wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)"
    )
    page.screenshot(path=folder / f"{post_id}-editor.png")
    page.goto(f"{url}/?p={post_id}")
    page.screenshot(path=folder / f"{post_id}-reader.png", full_page=True)


def _lines(markup: str) -> list[str]:
    """Return the lines of block markup; the editor resolves what keeps “[” from being a shortcode."""
    markup = markup.replace("&#91;", "[")
    return [line for line in markup.splitlines() if line.strip()]
