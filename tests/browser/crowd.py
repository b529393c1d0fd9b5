"""Users, sites and texts with very long and hostile names, for layout tests of tables."""

from igny8.extensions import read_transaction, write_transaction
from igny8.models import ApiToken, AuditEntry, Invitation, LoginSession, Membership, Site, User
from igny8.models.audit_entry import MAX_CHARS
from igny8.models.user import MAX_NAME_CHARS
from tests.factories import make_user

UNBROKEN = "Oberverwaltungsgerichtspräsidentenstellvertreter"
WORST = (
    (UNBROKEN * 2)[:MAX_NAME_CHARS],
    "W" * MAX_NAME_CHARS,
    "Nina Who Signs With All The Many Names She Was Given",
    "حديقة البيت الأخضر الجميلة",
)
ADDRESS = "2001:0db8:85a3:08d3:1319:8a2e:0370:7344"
ROLES = ("administrator", "reviewer", "editor", "viewer")


def add_hostile_names(app, viewer: str, slug: str) -> None:
    """Add users with long and hostile names and roles to a site, and such names to the viewer's own lists."""
    with app.app_context():
        for name, role in zip(WORST, ROLES, strict=True):
            make_user(name, is_admin=name == WORST[0], **{slug: role})
        with read_transaction() as tx:
            mine, site_id = User.find(tx, viewer).id, Site.find(slug, tx).id
        with write_transaction() as tx:
            User.set_disabled(tx, User.find(tx, WORST[1]).id, True)
            Membership.set_role(tx, mine, site_id, "administrator")
            Invitation.create(tx, WORST[1], site_id=site_id, role="editor")
            LoginSession.create(tx, mine, ADDRESS, f"{UNBROKEN}/{'9' * 200}")
            for name in WORST:
                ApiToken.create(tx, mine, name, "all", site_id=site_id)
                words = {place: (name * 9)[: MAX_CHARS[place]] for place in ("site", "detail")}
                AuditEntry.log(
                    tx, "account: change the password", name, status=403, address=ADDRESS, **words
                )
