"""The menus: the site menu, the tabs of the settings and those of the administration.

A page belongs to the entry that lists its blueprint, which is then marked as current.
"""

from dataclasses import dataclass

from flask import request, url_for

from igny8.models.membership import MANAGE
from igny8.web.auth.current_user import has_right


@dataclass(frozen=True)
class MenuItem:
    """One entry of a menu, with the blueprints of the pages that belong to it.

    An entry with a `sign` is in the bottom bar of a phone, with the sign above its label.
    """

    label: str
    endpoint: str
    more_blueprints: tuple[str, ...] = ()
    right: str | None = None
    sign: str = ""

    @property
    def in_bottom_bar(self) -> bool:
        """Return whether a phone shows the entry at the bottom, not behind “More”."""
        return bool(self.sign)

    @property
    def blueprint(self) -> str:
        """Return the name of the blueprint of the entry's own page."""
        return self.endpoint.partition(".")[0]

    @property
    def blueprints(self) -> tuple[str, ...]:
        """Return the names of all blueprints whose pages belong to the entry."""
        return self.blueprint, *self.more_blueprints

    @property
    def is_current(self) -> bool:
        """Return whether the current page belongs to the entry."""
        return request.blueprint in self.blueprints

    def url(self, slug: str | None = None) -> str:
        """Return the address of the entry's page, of a site if one is given."""
        return url_for(self.endpoint, slug=slug) if slug else url_for(self.endpoint)


SETTINGS_TABS = (
    MenuItem("Site and runs", "general.index"),
    MenuItem("Models", "models.index", ("model_servers", "connect_model")),
    MenuItem("Sources", "sources.index"),
    MenuItem("Approval", "gates.index"),
    MenuItem("Publishing", "publishing.index"),
    MenuItem("Notifications", "notifications.index"),
    MenuItem("Spending", "spending.index"),
    MenuItem("People", "members.index"),
    MenuItem("Client review", "client_links.index"),
    MenuItem("Advanced", "advanced.index", ("prompts", "prices", "allowed_addresses")),
)
# all but the first tab, whose blueprint is that of the entry itself
SETTINGS_BLUEPRINTS = tuple(name for tab in SETTINGS_TABS[1:] for name in tab.blueprints)
ADMIN_TABS = (
    MenuItem("Sites and runs", "all_runs.index"),
    MenuItem("Workers", "workers.index"),
    MenuItem("Accounts", "accounts.index"),
    MenuItem("Mail", "mail.index"),
    MenuItem("Audit log", "audit.index"),
)
SITE_MENU = (
    MenuItem("Automation", "automation.index", ("approvals", "why", "waiting"), sign="▶"),
    MenuItem("Keywords", "keywords.index", ("imports",)),
    MenuItem("Clusters", "clusters.index", ("cluster_map", "cluster_edit", "cluster_reasons")),
    MenuItem("Site pages", "site_pages.index"),
    MenuItem("Ideas", "ideas.index", ("idea_board", "idea_edit")),
    MenuItem(
        "Articles",
        "content.index",
        (
            *("downloads", "images", "article_images", "redraws", "record"),
            *("publications", "calendar", "drift"),
        ),
        sign="≡",
    ),
    MenuItem("Review", "review.index", ("edit", "versions"), sign="✓"),
    MenuItem(
        "Runs", "run_list.index", ("run_page", "item_page", "failed_items", "run_files", "compare")
    ),
    MenuItem("Settings", "general.index", SETTINGS_BLUEPRINTS, MANAGE),
)
FIND = MenuItem("Find", "find.index")  # stands beside the menu, on every page of a site
INSTALLATION_MENU = (MenuItem("Sites", "sites.index"),)
SUPERUSER_MENU = (*INSTALLATION_MENU, MenuItem("Workers", "workers.index"))


def site_menu() -> list[MenuItem]:
    """Return the entries of the site menu that the current user may open."""
    return [item for item in SITE_MENU if item.right is None or has_right(item.right)]
