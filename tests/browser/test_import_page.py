"""The import page in a real browser: the drop zone, the steps, and files without keywords."""

import re

import pytest
from playwright.sync_api import expect

PLACES = [(across, down) for across in (0.02, 0.5, 0.98) for down in (0.05, 0.5, 0.95)]
NUMBERS_MISPLACED = """tables => tables.flatMap(table => [...table.tHead.rows[0].cells].filter(
    (header, at) => [...table.tBodies[0].rows].some(row => {
        const cell = row.cells[at];
        return getComputedStyle(header).textAlign !== getComputedStyle(cell).textAlign
            || header.getBoundingClientRect().right !== cell.getBoundingClientRect().right;
    })).map(header => header.textContent.trim()))"""


@pytest.fixture
def upload_page(tab):
    """Return a tab on the import page of a new site."""
    tab.goto("/")
    tab.get_by_label("Name").fill("Green Garden")
    tab.get_by_role("button", name="Next: keywords").click()
    expect(tab.get_by_role("heading", name="Import keywords")).to_be_visible()
    return tab


def send(tab, text: str) -> None:
    """Choose a file of this text; it is sent at once."""
    tab.locator("input[type=file]").set_input_files(
        {"name": "export.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(tab).to_have_url(re.compile("/import/[0-9]+$"))


def test_whole_drop_zone_opens_the_file_chooser(upload_page):
    for width in (1280, 390):
        upload_page.set_viewport_size({"width": width, "height": 900})
        zone = upload_page.locator(".dropzone")
        box = zone.bounding_box()
        for across, down in PLACES:
            with upload_page.expect_file_chooser():
                zone.click(position={"x": across * box["width"], "y": down * box["height"]})


def test_file_without_keywords_is_never_offered_for_import(upload_page):
    send(upload_page, "Keyword,Volume\nhttps://a.example/x,1\nsite:a.example b,2\n")
    expect(upload_page.get_by_text("There is no keyword to import")).to_be_visible()
    expect(upload_page.get_by_role("button", name=re.compile("^Import"))).to_have_count(0)
    expect(upload_page.get_by_role("link", name="Choose another file")).to_be_visible()


def test_steps_stay_visible_and_numbers_align_with_headers(upload_page):
    send(
        upload_page, "Keyword,Volume,KD,CPC,Score\nshed plans,2400,41,0.55,7\nshed kits,90,5,1,8\n"
    )
    for width in (1280, 390):
        upload_page.set_viewport_size({"width": width, "height": 900})
        steps = upload_page.get_by_role("list", name="Steps").get_by_role("listitem")
        expect(steps).to_have_text(["1. Your site ✓", "2. Keywords", "3. Run"])
        for step in steps.all():
            expect(step).to_be_in_viewport()
        expect(upload_page.get_by_role("columnheader", name="Volume")).to_be_visible()
        assert upload_page.locator("main table").evaluate_all(NUMBERS_MISPLACED) == []
