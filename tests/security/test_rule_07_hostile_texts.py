"""Rule 7: model output and user text are hostile; wherever they go, they stay text (attacks 26 to 32)."""

import io
import re
import zipfile
from html import escape

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from igny8 import sanitising
from igny8.publishing import Image, Text, to_html, to_markdown
from igny8.publishing.markdown import html_to_markdown
from tests.conftest import DATABASES, PostgresDatabase
from tests.security import hostile
from tests.security.conftest import started
from tests.security.outside import Visitor

LISTS = (
    "keywords",
    "clusters",
    "ideas",
    "content",
    "review",
    "runs",
    "import",
    "settings",
    "settings/models",
    "settings/prompts",
    "settings/prices",
    "automation",
    "automation/live",
)
KEY = "canary-key-of-the-model-server-0123456789"
READER = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.fixture(scope="module", params=DATABASES)
def ran(request, tmp_path_factory, model):
    """Return (visitor, product, pages): an installation whose keywords and whose model are both hostile."""
    environ = {
        "IGNY8_AI_BASE_URL": model.will(hostile.Model()).url,
        "IGNY8_AI_API_KEY": KEY,
        "IGNY8_AI_MODEL": "hostile",
        "IGNY8_AI_IMAGE_MODEL": "hostile",
    }
    if request.param == "postgresql":
        environ["DATABASE_URL"] = PostgresDatabase(request.getfixturevalue("postgres")).url
    with started(tmp_path_factory.mktemp("hostile") / "var", **environ) as product:
        visitor = Visitor(product.address, product.cookies())
        slug = visitor.new_site('"><script>alert(1)</script>{{7*7}}')
        visitor.take_in(slug, hostile.KEYWORDS)
        visitor.run(slug)
        yield visitor, product, pages_of(visitor, f"/sites/{slug}")


def pages_of(visitor, site: str) -> dict[str, str]:
    """Return all pages of a site by their address: the lists, and each thing that they lead to."""
    found = {"/": visitor.get("/").text}
    waiting = [f"{site}/{name}" for name in LISTS]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        answer = visitor.get(path)
        if answer.status != 200 or "html" not in answer.headers.get_content_type():
            continue
        found[path] = answer.text
        waiting += list(re.findall(rf'href="({re.escape(site)}/[a-z/]+/[0-9a-f]+)"', answer.text))
    return found


def test_run_with_a_hostile_model_writes_articles(ran):
    _, _, pages = ran
    assert (
        sum("/content/" in path for path in pages) >= 3
        and sum("/keywords/" in path for path in pages) >= 10
    )


def test_pages_contain_no_active_or_foreign_content(ran):
    _, _, pages = ran
    assert {path: found for path, page in pages.items() if (found := hostile.active(page))} == {}


def test_texts_are_never_templates_or_format_strings(ran):
    _, _, pages = ran
    assert any("{{7*7}}" in page for page in pages.values())
    assert any("{0.__class__}" in page for page in pages.values())
    assert not any(
        re.search(r"(?<![0-9])49(?![0-9])\s*garden|&lt;class", page) for page in pages.values()
    )


def test_pages_run_no_inline_code_and_contact_no_other_host(ran, chromium):
    visitor, _, pages = ran
    context = chromium.new_context(base_url=visitor.address)
    tab, asked, complaints = context.new_page(), [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
    for path in some(pages):
        tab.goto(path)
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(visitor.address)] == []


def some(pages) -> list[str]:
    """Return the lists, and three of each kind of thing."""
    kinds: dict[str, list[str]] = {}
    for path in pages:
        kinds.setdefault(re.sub(r"/[0-9a-f]+$", "", path), []).append(path)
    return [path for paths in kinds.values() for path in paths[:3] if not path.endswith("/live")]


def test_prompts_contain_no_secret(ran, model):
    _, product, _ = ran
    secrets = {KEY, *(p.read_text().strip() for p in product.folder.glob("*.key"))}
    told = repr([{k: v for k, v in asked.items() if k != "key"} for asked in model.asked])
    assert len(model.asked) > 5 and {secret for secret in secrets if secret in told} == set()


def test_downloads_are_sanitised(ran):
    visitor, _, pages = ran
    texts = [path for path in pages if re.search(r"/content/\d+$", path)]
    for path in texts:
        page = visitor.get(f"{path}/download.html").text
        soup = BeautifulSoup(page, "html.parser")
        assert [s for s in soup.find_all("script") if s.get("type") != "application/ld+json"] == []
        data = "".join(s.extract().text for s in soup.find_all("script"))
        assert (
            "[gallery" not in page.replace(data, "") and "[embed" not in page and "<!--" not in page
        )
        for image in soup.find_all("img"):  # our own, made anew, within the file
            assert image["src"].startswith("data:image/webp;base64,")
            del image["src"]
        assert faults_of(soup.body) == []
        assert faults_of(rendered(visitor.get(f"{path}/download.md").text)) == []
        with zipfile.ZipFile(io.BytesIO(visitor.get(f"{path}/download.zip").body)) as archive:
            assert all(".." not in name and not name.startswith("/") for name in archive.namelist())


def rendered(text: str):
    """Return Markdown with front matter as a reader that believes in HTML shows it."""
    return BeautifulSoup(READER.render(text.split("\n---\n", 1)[1]), "html.parser")


def faults_of(soup) -> list[str]:
    """Return what should not be in a text that is given away: tags, handlers, addresses."""
    allowed = hostile.ALLOWED_IN_TEXT | {"h1", "article", "body", "img"}
    found = [tag.name for tag in soup.find_all(True) if tag.name not in allowed]
    for tag in soup.find_all(True):
        found += [
            f"{tag.name} {name}"
            for name in tag.attrs
            if name
            not in ("href", "title", "rel", "src", "alt", "dir", "scope", "start", "colspan")
        ]
        found += [
            f"{tag.name} {tag[n]}"
            for n in ("href", "src")
            if hostile.leads_astray(tag.get(n, ""), tag.name)
        ]
    return found


PARTS = (
    *hostile.PAYLOADS,
    "<p>a</p>",
    "<code>`</code>",
    "<pre>```\n<script>x</script></pre>",
    "|",
    "\n",
    "\n\n    ",
    "<table><tr><td><code>a|&lt;script&gt;</code></td><td><pre>b|`&lt;img src=x&gt;</pre></td></tr></table>",
    '<a href="http://a/)&lt;script&gt;" title=\'\\" &lt;b&gt;\'>x</a>',
    "&lt;img src=x onerror=alert(1)&gt;",
    "<ul><li>",
    "<blockquote>",
    "&#91;x&#93;(javascript:alert(1))",
    "&#96;&lt;script&gt;&#96;",
    "\\",
    "![",
    "](",
    "<h2>",
    "`",
    "~~~",
    "&lt;javascript:alert(1)&gt;",
    "<li>1. x",
    "<dl><dt>a<dd>b",
    "<sub>",
    "<a href='/a b'>",
    "<a href='/\\evil.example'>y",
    "<a href='/\t/evil.example'>y",
    "<a href='jAvA\nscript:alert(1)'>y",
    "<a href='data:text/html,x'>y",
    "<![CDATA[x]]>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><script>x</script>'>",
)


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=12).map("".join))
def test_sanitised_html_contains_only_allowed_markup(html):
    kept = sanitising.clean(html)
    soup = BeautifulSoup(kept, "html.parser")
    assert faults_of(soup) == [] and "[" not in kept and "<!--" not in kept
    assert [tag for tag in soup.find_all(True) if {"class", "id", "style"} & set(tag.attrs)] == []
    assert sanitising.clean(kept) == kept
    assert faults_of(BeautifulSoup(READER.render(html_to_markdown(kept)), "html.parser")) == []


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "<p>{}</p>",
        "<ul><li>{}</li></ul>",
        "<h2>{}</h2>",
        "<code>{}</code>",
        "<table><tr><td>{}</td></tr></table>",
        "<blockquote><p>{}</p></blockquote>",
    ],
)
def test_hostile_text_is_escaped_in_html_and_markdown(around):
    for part in hostile.PAYLOADS + PARTS:
        for text in (part, escape(part)):
            kept = sanitising.clean(around.format(text))
            assert faults_of(BeautifulSoup(kept, "html.parser")) == []
            assert (
                faults_of(BeautifulSoup(READER.render(html_to_markdown(kept)), "html.parser")) == []
            ), text


@given(st.sampled_from(hostile.PAYLOADS + PARTS), st.sampled_from(hostile.PAYLOADS + PARTS))
def test_names_of_articles_and_images_are_escaped_in_files(one, other):
    text = Text(
        "article",
        one,
        other,
        one,
        other,
        one,
        f"<p>{other}</p><h2>A</h2>",
        "en",
        one,
        (other,),
        (Image("a.webp", "/nowhere", one), Image("b.webp", "/nowhere", other, "A")),
    )
    soup = BeautifulSoup(to_html(text), "html.parser")
    assert len(soup.find_all("script")) == 1 and faults_of(soup.body) == []
    assert faults_of(rendered(to_markdown(text))) == []


def test_deeply_nested_html_is_flattened():
    deep = sanitising.clean("<blockquote>" * 3000 + "words" + "</blockquote>" * 3000)
    assert (
        deep == "<p>words</p>" and sanitising.render_html("<em>" * 3000 + "words") == "<p>words</p>"
    )
    assert html_to_markdown(deep) == "words"


def test_htmx_ignores_attributes_in_articles(ran):
    _, _, pages = ran
    shown = [page for path, page in pages.items() if "/content/" in path or "/review" in path]
    assert shown and all("<article" not in page or "hx-ignore" in page for page in shown)
