"""Queue all approved articles of a site for a target."""

from igny8.extensions import write_transaction
from igny8.models import Publication
from igny8.models.queries import publications


def queue_approved(site_id: int, target_id: int, who: str, wanted: str) -> int:
    """Queue the approved articles that are not at a target yet; return how many."""
    count = 0
    with write_transaction() as tx:
        for content_id in publications.unpublished_ids(tx, site_id, target_id):
            count += Publication.request(tx, site_id, content_id, target_id, who, wanted)
    return count
