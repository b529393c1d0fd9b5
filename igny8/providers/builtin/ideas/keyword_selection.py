"""Choose the pages that a cluster needs: one per question, with its keywords."""

from igny8.providers.base import Topic
from igny8.providers.builtin.ideas.reading import Candidate, Reading

MAX_SECONDARY = 20
SAME = 0.6  # Dice overlap of cores from which two keywords of one group ask one question
NEAR = 0.4  # and from which a page serves the other keyword besides
WORTH = 0.12  # of the cluster's largest demand: what a further page must have of its own
WEAK_DEMAND = 10  # searches per month below which a single keyword makes no page
MERGED = ({"know", "do"}, {"buy", "cost"})  # one question where the cores agree


def choose_primaries(reading: Reading, count: int) -> list[Candidate]:
    """Return up to `count` candidates with different questions that are not covered yet."""
    topic, found = reading.topic, reading.found
    covered = set(topic.covered)
    pages = [one for one in found if one.phrase.key in covered]
    open_ = [one for one in found if one.phrase.key not in covered and not _is_elsewhere(one)]
    if not pages and _is_weak(found, topic):
        return []
    chosen: list[Candidate] = []
    largest = max((one.phrase.demand for one in found), default=0)
    for one in open_:
        if len(chosen) >= count:
            break
        if any(is_same_question(one, page) for page in pages):
            continue
        if pages and largest and _own_demand(one, open_, pages) < WORTH * largest:
            continue
        chosen.append(one)
        pages.append(one)
    return chosen


def _is_elsewhere(one: Candidate) -> bool:
    """Return whether searchers look for another site: a login, a domain, a known brand."""
    return one.is_navigational or one.phrase.intent == "navigational"


def _is_weak(found: tuple[Candidate, ...], topic: Topic) -> bool:
    """Return whether a cluster is a single keyword with almost no searches."""
    volume = found[0].phrase.volume if len(found) == 1 else None
    return volume is not None and volume < WEAK_DEMAND


def _own_demand(one: Candidate, open_: list[Candidate], pages: list[Candidate]) -> int:
    """Return the demand of the keywords that a page would cover and earlier pages do not."""
    mine = [
        other
        for other in open_
        if is_same_question(one, other) and not any(is_same_question(other, p) for p in pages)
    ]
    return sum(other.phrase.demand for other in mine)


def is_same_question(one: Candidate, other: Candidate) -> bool:
    """Return whether one page answers both keywords."""
    is_mergeable = one.group == other.group or {one.group, other.group} in MERGED
    if one.key == other.key and is_mergeable:
        return True
    if one.sides and set(one.sides) == set(other.sides):
        return True
    alike = overlap(one.core, other.core)
    if one.group == other.group:
        within = one.core <= other.core or other.core <= one.core
        return alike >= SAME or (within and one.group != "compare")
    return alike == 1.0 and is_mergeable


def assign_secondaries(reading: Reading, chosen: list[Candidate]) -> list[list[Candidate]]:
    """Return the keywords of each chosen page; each keyword belongs to one page."""
    taken = {one.phrase.key for one in chosen} | set(reading.topic.covered)
    groups: list[list[Candidate]] = [[] for _ in chosen]
    for one in reading.found:
        if one.phrase.key in taken or one.is_navigational:
            continue
        fits = [_fit(one, page) for page in chosen]
        best = max(range(len(fits)), key=lambda at: (fits[at], -at), default=None)
        if best is not None and fits[best] > 0 and len(groups[best]) < MAX_SECONDARY:
            groups[best].append(one)
    return groups


def _fit(one: Candidate, page: Candidate) -> float:
    """Return how well a page covers a keyword, 0 for not at all."""
    if is_same_question(one, page):
        return 2.0
    alike = overlap(one.core, page.core)
    shared = one.core & page.core
    if alike < NEAR and not (shared and page.core <= one.core):
        return 0.1 if shared else 0.0
    return alike + (0.3 if one.group == page.group else 0.0)


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Dice coefficient of two sets of stems, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
