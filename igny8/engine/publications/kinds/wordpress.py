"""WordPress: posts over the REST API with an application password."""

from sqlalchemy import Row

from igny8.engine.publications import wordpress, wordpress_upkeep
from igny8.engine.publications.kinds.base import (
    SECRET,
    Field,
    Kind,
    TargetTestContext,
    TargetTestResult,
    log_nothing,
)
from igny8.publishing.requests import make_target_client
from igny8.publishing.wordpress import check_access

TOO_LONG = "Enter the application password only, at most 200 characters."


def _test(target: Row, secret: str, context: TargetTestContext) -> TargetTestResult:
    with make_target_client(context.allowed) as http:
        found = check_access(http, log_nothing, target.url, target.username, secret)
    seo = found.seo or "none that IGNY8 knows; search title and description are not sent"
    notes = [f"SEO plugin: {seo}."]
    if not found.can_create_terms:
        notes.append("This user cannot create categories; those that exist are used.")
    facts = {"root": found.root, "seo": found.seo}
    text = f"The connection works: “{found.user}” may publish posts and upload images."
    return TargetTestResult(True, text, tuple(notes), facts)


def _check_password(secret: str) -> str:
    """Return an application password without the spaces that WordPress shows in it."""
    secret = "".join(secret.split())
    if len(secret) > 200 or not secret.isprintable():
        raise ValueError(TOO_LONG)
    return secret


KIND = Kind(
    name="wordpress",
    label="WordPress",
    noun="WordPress site",
    example_name="My blog",
    fields=(
        Field(
            "target_url",
            "Address",
            "The address of the home page.",
            type="server",
            max_chars=300,
            placeholder="https://www.example.com",
        ),
        Field(
            "username",
            "User name",
            "A user with the role editor or author",
            what="the user name in WordPress",
            max_chars=120,
        ),
        Field(
            SECRET,
            "Application password",
            "In WordPress: Users → Profile → Application Passwords. Stored encrypted and never "
            "shown again.",
            type=SECRET,
            what="the password",
            check=_check_password,
        ),
        Field(
            "format",
            "Format",
            type="choice",
            choices=(
                ("blocks", "Blocks (block editor)"),
                ("classic", "HTML (classic editor)"),
            ),
        ),
        Field("categories", "Use the topic as the category", type="tick", suggest=lambda: "1"),
        Field("tags", "Use the keywords as tags", type="tick", suggest=lambda: "1"),
    ),
    publish=wordpress.publish,
    unpublish=wordpress_upkeep.unpublish,
    check=wordpress_upkeep.check,
    sets_date=True,
    test=_test,
)
