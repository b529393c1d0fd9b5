"""Queue all approved articles of a site for a target."""

from collections.abc import Sequence
from contextlib import suppress

from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Publication
from igny8.models.queries import publications

BATCH = 200  # articles queued per transaction


def queue_approved(site_id: int, target_id: int, who: str, wanted: str) -> int:
    """Queue the approved articles that a target lacks; return how many."""
    with read_transaction() as tx:
        ids = publications.unpublished_ids(tx, site_id, target_id)
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(_queue(site_id, batch, target_id, who, wanted) for batch in batches)


def _queue(site_id: int, ids: Sequence[int], target_id: int, who: str, wanted: str) -> int:
    """Queue articles in one transaction, except those that are no longer approved."""
    count = 0
    with write_transaction() as tx:
        for content_id in ids:
            with suppress(ActionRefused):
                count += Publication.request(tx, site_id, content_id, target_id, who, wanted)
    return count
