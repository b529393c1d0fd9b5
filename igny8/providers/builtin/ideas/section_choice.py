"""Choose the sections of an article by the reader's intent and the kind of subject."""

from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.reading import (
    Candidate,
)
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.outlines import FAMILIES, LEADS, PHYSICAL, POOLS, PURPOSE
from igny8.providers.builtin.wording.plans import Plan

SPREAD = 2654435761  # a checksum alone orders the same names alike for every keyword


def section_names(primary: Candidate, others: list[Candidate], kind: str, pack: Pack) -> list[str]:
    """Return the names of the sections in order.

    Sections that the cluster's keywords ask for come first; the choice among the others depends on
    the keyword alone, so that articles of one kind differ.
    """
    if primary.plan:
        return _planned_names(primary, others, primary.plan, pack)
    is_desk_work = primary.family == "howto" and kind not in PHYSICAL
    slots = FAMILIES["desk" if is_desk_work else primary.family].split()
    fixed = {name for slot in slots for name in slot.split("/")}
    pool = [name for name in POOLS[kind][PURPOSE[primary.family]].split() if name not in fixed]
    pool.sort(key=lambda name: (-_asked_for(name, others, pack), _hash(primary, name)))
    chosen: list[str] = []
    if primary.family == "understand":
        chosen += [name for name in pool if _is_named(name, primary, pack)][:1]
        slots = slots[1:] if chosen else slots
    for slot in slots:
        options = [name for name in _options(slot, pool, kind, chosen) if name not in chosen]
        if options:
            chosen.append(min(options, key=lambda name: _hash(primary, name)))
    return _in_order(chosen, POOLS[kind][PURPOSE[primary.family]].split())


def _planned_names(
    primary: Candidate, others: list[Candidate], plan: Plan, pack: Pack
) -> list[str]:
    """Return the sections of a plan: the fixed ones and some of the optional, in order."""
    offered = sorted(
        plan.optional, key=lambda name: (-_asked_for(name, others, pack), _hash(primary, name))
    )
    chosen = {*plan.fixed, *offered[: plan.optional_count]}
    known = bool(primary.sides)
    return [
        name
        for name in plan.order
        if name in chosen and (known or "{" not in pack.all_sections[name].heading)
    ]


def _in_order(names: list[str], pool: list[str]) -> list[str]:
    """Return sections with those of a pool sorted in its order, within their positions."""
    ordered = iter(sorted((name for name in names if name in pool), key=pool.index))
    return [next(ordered) if name in pool else name for name in names]


def _options(slot: str, pool: list[str], kind: str, chosen: list[str]) -> list[str]:
    """Return the names that may fill a slot: LEAD and KIND stand for those of the subject's kind.

    KIND alone stands for the best unused section of the pool; as one of several options it stands
    for the last section of the pool.
    """
    if slot == "KIND":
        return [name for name in pool if name not in chosen][:1]
    last = pool[-1] if pool else "KIND"
    return [{"LEAD": LEADS[kind], "KIND": last}.get(name, name) for name in slot.split("/")]


def _hash(primary: Candidate, name: str) -> int:
    return vocabulary.stable_hash(f"{primary.key} {name}") * SPREAD % 2**32


def _asked_for(name: str, others: list[Candidate], pack: Pack) -> int:
    """Return how many keywords contain a word of a section's label or heading."""
    telling = telling_stems(name, pack)
    return sum(bool(telling & other.core) for other in others)


def _is_named(name: str, primary: Candidate, pack: Pack) -> bool:
    """Return whether the keyword itself asks for a section: "home battery lifespan"."""
    if not pack.is_spaced:
        return pack.all_sections[name].label in primary.text
    label = vocabulary.stems(pack.all_sections[name].label, pack.language) - pack.stops
    return bool(label) and label <= primary.core


def telling_stems(name: str, pack: Pack) -> frozenset[str]:
    """Return the stems of the label and heading of a section, without stop words."""
    section = pack.all_sections[name]
    words = vocabulary.stems(f"{section.label} {section.heading}", pack.language)
    stops = {s for word in pack.stops for s in vocabulary.stems(word, pack.language)}
    return words - stops - pack.stops
