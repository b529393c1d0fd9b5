"""The main job in a real browser: from a first visit to an article that was approved."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import visitor
from tests.waiting import until

PLANTS = (
    "tomatoes",
    "roses",
    "basil",
    "lavender",
    "blueberries",
    "cucumbers",
    "peppers",
    "hydrangeas",
)
PHRASES = [
    f"{words} {plant}"
    for plant in PLANTS
    for words in ("how to grow", "best fertilizer for", "when to prune")
]


def arrive(tab, sample: bool = False, phrases=PHRASES) -> None:
    """Make a site, take in keywords (those pasted, or the sample) and stand on the Automation page."""
    tab.goto("/")
    tab.get_by_label("Name").fill("Green Garden")
    tab.get_by_role("button", name="Next: keywords").click()
    if sample:
        tab.get_by_role("button", name="Load the sample export").click()
    else:
        tab.get_by_label("Or paste keywords").fill("\n".join(phrases))
        tab.get_by_role("button", name="Check keywords").click()
    tab.get_by_role("button", name=re.compile("Import .* keywords")).click()
    expect(tab.get_by_role("heading", name="Automation")).to_be_visible()


def shown_percent(tab) -> int:
    return int(tab.locator("#live").get_attribute("data-percent"))


def test_sample_file_is_previewed_before_the_import(tab):
    tab.goto("/")
    tab.get_by_label("Name").fill("Green Garden")
    tab.get_by_role("button", name="Next: keywords").click()
    tab.get_by_role("button", name="Load the sample export").click()
    expect(tab.get_by_role("heading", name="Ahrefs")).to_be_visible()
    expect(tab.get_by_role("button", name=re.compile("Import 2.. keywords"))).to_be_visible()


def test_new_user_reaches_an_approved_article_by_mouse(newcomer):
    tab = newcomer
    tab.get_by_label("New password").fill("green wheelbarrow tuesday")
    tab.get_by_role("button", name="Create account").click()
    expect(tab.get_by_role("heading", name="Welcome to IGNY8")).to_be_visible()
    arrive(tab, phrases=PHRASES[:9])
    expect(tab.get_by_text("Ready to run")).to_be_visible()
    tab.get_by_role("button", name="Run now").click()
    seen = []
    until(lambda: seen.append(shown_percent(tab)) or seen[-1] == 100, 120, "100 %")
    assert seen == sorted(seen)
    expect(tab.locator(".state")).to_have_text("Completed")
    tab.get_by_role("navigation", name="Site").get_by_role("link", name="Review").click()
    tab.get_by_role("button", name=re.compile("^Approve")).click()
    expect(tab.get_by_text("Approved", exact=False).first).to_be_visible()


def test_new_user_needs_seven_clicks_and_types_only_a_password(newcomer, tmp_path):
    tab, clicks = newcomer, []
    tab.expose_function("clicked", lambda: clicks.append(tab.url))
    tab.add_init_script("addEventListener('mousedown', () => clicked(), true)")
    tab.reload()
    file = tmp_path / "keywords.csv"
    file.write_text("Keyword,Volume\n" + "".join(f"{phrase},90\n" for phrase in PHRASES[:9]))
    tab.get_by_label("New password").fill("green wheelbarrow tuesday")
    tab.get_by_role("button", name="Create account").click()
    tab.get_by_role("button", name="Next: keywords").click()
    with tab.expect_file_chooser() as chooser:
        tab.locator(".dropzone").click()
    chooser.value.set_files(file)
    tab.get_by_role("button", name="Import 9 keywords").click()
    tab.get_by_role("button", name="Write the first 5").click()
    tab.get_by_role("link", name="Review 5 →").click(timeout=120_000)
    tab.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(tab.get_by_text("Approved", exact=False).first).to_be_visible()
    assert len(clicks) == 7, clicks


def test_run_continues_after_a_server_restart(product, tab):
    arrive(tab, sample=True)
    tab.get_by_role("button", name="Run now").click()
    until(lambda: shown_percent(tab) > 5, 60, "some progress")
    before = shown_percent(tab)
    product.kill()
    expect(tab.locator("#pulse").get_by_text("Connection lost")).to_be_visible()
    product.start(port=int(product.address.rsplit(":", 1)[1]))
    seen = []
    until(lambda: seen.append(shown_percent(tab)) or seen[-1] == 100, 150, "100 %")
    assert seen == sorted(seen) and seen[0] >= before
    tab.complaints.clear()  # the browser itself complains about the refused connections


def test_main_job_works_without_javascript(chromium, product):
    with visitor(chromium, product, java_script_enabled=False) as plain:
        arrive_without_script(plain)
        plain.get_by_role("button", name="Run now").click()
        expect(plain.locator(".state")).to_have_text(
            "Completed", timeout=60_000
        )  # the page refreshes itself
        assert 'content="30"' in plain.content()  # as seldom as where nothing runs


def arrive_without_script(plain) -> None:
    plain.goto("/")
    plain.get_by_label("Name").fill("Plain")
    plain.get_by_role("button", name="Next: keywords").click()
    plain.get_by_label("Or paste keywords").fill(
        "how to prune roses\nbest roses for pots\nrose fertilizer\n"
    )
    plain.get_by_role("button", name="Check keywords").click()
    plain.get_by_role("button", name=re.compile("Import 3 keywords")).click()
    expect(plain.get_by_role("heading", name="Automation")).to_be_visible()
