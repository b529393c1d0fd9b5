"""Later checks and removal of published posts."""

from igny8.engine.publications import wordpress
from igny8.engine.publications.work import RemoteChanged, RemoteMissing, Work
from igny8.publishing.requests import TargetError, make_target_client
from igny8.publishing.wordpress import WordPress

SHOWN = ("publish", "future", "private")


def check(work: Work) -> None:
    """Check that the post is unchanged; raise RemoteMissing or RemoteChanged."""
    with make_target_client(work.allowed) as http, wordpress.known_shape():
        post = wordpress.require_unchanged(work, wordpress.open_site(work, http))
        if work.claim.wanted == "publish" and post["status"] not in SHOWN:
            raise RemoteMissing(
                f"The post is “{post['status']}” on the site: a person unpublished it."
            )


def unpublish(work: Work) -> None:
    """Move the post to the trash of the site; raise RemoteChanged if a person changed it."""
    with make_target_client(work.allowed) as http, wordpress.known_shape():
        site = wordpress.open_site(work, http)
        try:
            if work.state["remote_id"]:
                wordpress.require_unchanged(work, site)
                _delete(work, site)
        except RemoteMissing:
            pass  # it is away already
    note = "stay in the media library of the site"
    work.settle_removed(proof=[{"name": "Images", "ok": False, "note": note}])


def _delete(work: Work, site: WordPress) -> None:
    post = site.get(wordpress.post_route(work), context="edit").value
    if f"igny8:{work.claim.marker}:" not in post["content"]["raw"]:
        raise RemoteChanged("The mark of IGNY8 is not in the post any more; it was not removed.")
    work.intend("delete")
    try:
        site.delete(wordpress.post_route(work))
    except TargetError as error:
        if not (error.status in wordpress.GONE and error.code):
            raise
