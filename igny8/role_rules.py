"""Rules that map groups of a sign-in service to roles."""

from dataclasses import dataclass

from igny8.errors import ConfigError

SITE_ROLES = ("viewer", "editor", "reviewer", "administrator")
ADMIN = "admin"  # an administrator of the installation


@dataclass(frozen=True)
class RoleRule:
    """Members of `group` get `role` on the site `site` (slug); None: they become administrators."""

    group: str
    site: str | None
    role: str


def read_roles(text: str) -> tuple[RoleRule, ...]:
    """Return the rules of a text such as “it=admin; seo=green-garden:editor”."""
    rules = []
    for line in filter(None, (one.strip() for one in text.split(";"))):
        group, _, target = line.rpartition("=")
        site, _, role = target.strip().rpartition(":")
        if group.strip() and target.strip() == ADMIN:
            rules.append(RoleRule(group.strip(), None, ADMIN))
        elif group.strip() and site and role in SITE_ROLES:
            rules.append(RoleRule(group.strip(), site, role))
        else:
            raise ConfigError(
                f"IGNY8_SIGN_IN_ROLES: {line!r} is not a rule; write GROUP=admin or "
                f"GROUP=SITE:ROLE with one of the roles {', '.join(SITE_ROLES)}, separated by ;"
            )
    return tuple(rules)
