"""Deliberate bugs in publishing: the outside checker has to find each (publication_checker.py).

A mutant is a function that is given a `setattr`, as in mutants.py.
"""

from igny8.engine.publications import (
    claims,
    lost_answers,
    wordpress,
    wordpress_media,
    wordpress_post,
    work,
)


def no_marker(put) -> None:
    """Mutant: create posts without the mark by which they are found again."""
    for module in (wordpress, wordpress_post):
        put(module, "marker_comment", lambda marker, version: "")


def no_look_up(put) -> None:
    """Mutant: create a post without looking whether it is there, and whether it may still come."""
    put(wordpress, "_find_post", lambda work, site, slug: (None, None))
    put(lost_answers, "wait_until_settled", lambda work, name, at: None)


def no_look_up_of_media(put) -> None:
    """Mutant: upload an image without looking whether it is there."""
    put(wordpress_media, "_find", lambda site, name: (None, None))
    put(lost_answers, "wait_until_settled", lambda work, name, at: None)


def create_before_intent(put) -> None:
    """Mutant: send a request whose intent is not stored, so that nobody waits for its effect."""
    put(work.Work, "intend", lambda self, name, **more: None)


def approve_unchecked(put) -> None:
    """Mutant: send whatever was queued, approved or not."""
    put(claims, "is_approved", lambda tx, content_id: True)


MUTANTS = {
    mutant.__name__: mutant
    for mutant in (
        no_marker,
        no_look_up,
        no_look_up_of_media,
        create_before_intent,
        approve_unchecked,
    )
}
