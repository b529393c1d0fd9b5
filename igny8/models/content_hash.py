"""The hash that tells which version of an article was approved and sent to a target."""

import hashlib
import json

from sqlalchemy import select

from igny8.models.base import Executor
from igny8.models.content import Content
from igny8.models.image import Image


def content_hash(tx: Executor, content_id: int) -> str:
    """Return a hash of an article with its images, as approved and sent; "" if it was deleted."""
    content, image = Content.__table__, Image.__table__
    names = ("title", "slug", "meta_title", "meta_description", "excerpt", "html")
    row = tx.execute(
        select(*(content.c[name] for name in names)).where(content.c.id == content_id)
    ).first()
    if row is None:
        return ""
    images = tx.execute(
        select(image.c.position, image.c.path, image.c.alt, image.c.heading)
        .where(image.c.content_id == content_id, image.c.status == "generated")
        .order_by(image.c.position)
    ).all()
    told = json.dumps([list(row), [list(each) for each in images]])
    return hashlib.sha256(told.encode()).hexdigest()
