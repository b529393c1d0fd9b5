"""The menus: every page of a site marks exactly one entry as current."""

import pytest
from bs4 import BeautifulSoup

from igny8.web.ui.navigation import ADMIN_TABS, FIND, SETTINGS_TABS, SITE_MENU


def menu_blueprints() -> list[str]:
    return [name for item in SITE_MENU for name in item.blueprints]


def test_no_blueprint_belongs_to_two_menu_entries():
    for items in (SITE_MENU, SETTINGS_TABS, ADMIN_TABS):
        names = [name for item in items for name in item.blueprints]
        assert len(names) == len(set(names))


def test_every_blueprint_of_a_site_belongs_to_a_menu_entry(app):
    of_sites = {
        rule.endpoint.partition(".")[0]
        for rule in app.url_map.iter_rules()
        if "slug" in rule.arguments and "." in rule.endpoint
    }
    assert of_sites - {"sites"} <= {*menu_blueprints(), FIND.blueprint}


@pytest.mark.parametrize("item", SITE_MENU, ids=lambda item: item.label)
def test_each_menu_page_marks_its_own_entry(client, garden, app, item):
    with app.test_request_context():
        address = item.url("green-garden")
    page = BeautifulSoup(client.get(address).text, "html.parser")
    [current] = page.select("nav[aria-label=Site] [aria-current=page]")
    assert current.text.strip().startswith(item.label)


def test_every_page_of_a_site_leads_to_the_search(client, garden):
    page = BeautifulSoup(client.get("/sites/green-garden/keywords").text, "html.parser")
    [find] = page.select("header .find")
    assert find["href"] == "/sites/green-garden/find"
    assert find.text.strip().endswith("Find")
    found = BeautifulSoup(client.get(find["href"]).text, "html.parser")
    assert found.select_one("header .find")["aria-current"] == "page"
