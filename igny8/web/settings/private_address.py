"""Check an address in a form; an administrator can allow a private one by a checkbox."""

from flask import g

from igny8.engine.billing.providers import allowed_addresses
from igny8.extensions import db
from igny8.outbound.addresses import ForbiddenAddress, check_url
from igny8.web.ui.forms import Form


def check_address(form: Form, field: str, url: str) -> str | None:
    """Check that requests to an address are allowed; return its new allowlist entry, or None.

    A private address is an error unless an administrator of the installation ticked the box.
    """
    if field in form.errors:
        return None
    allowed = allowed_addresses(db.session)
    db.session.rollback()  # hold no connection while the name is looked up
    try:
        check_url(url, allowed)
    except ForbiddenAddress as forbidden:
        entry = forbidden.entry if g.current_user.is_superuser else None
        if entry is None:
            form.errors[field] = str(forbidden)
        elif form.value("allow") != entry:
            form.errors[field] = (
                f"{entry} is a private address. "
                "To allow requests to it, tick the box below and save again."
            )
        return entry
    return None
