"""Plan clusters: read, compare, merge, cut, name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from igny8.providers.base import (
    ClusterOptions,
    ClusterPlan,
    KnownCluster,
    Phrase,
    PlannedCluster,
    Vectors,
)
from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.entries import Entry, read_entries
from igny8.providers.builtin.clustering.evidence import Evidence, evidence_rows, known_groups
from igny8.providers.builtin.clustering.features import Features, build_features, with_evidence
from igny8.providers.builtin.clustering.intent import intent_of
from igny8.providers.builtin.clustering.linkage import Tree, build_tree
from igny8.providers.builtin.clustering.naming import Namer, slug_of
from igny8.providers.builtin.clustering.neighbours import candidate_pairs
from igny8.providers.builtin.clustering.own_groups import OwnGroups, own_groups
from igny8.providers.builtin.clustering.pillars import KnownPillars
from igny8.providers.builtin.clustering.similarity import nearest_group
from igny8.providers.builtin.clustering.text import Keyword, Reader
from igny8.providers.builtin.clustering.threshold import (
    calibrated_threshold,
    pillars_for,
    threshold_for,
)
from igny8.providers.builtin.clustering.titles import groups_of, name_clusters
from igny8.providers.builtin.clustering.vectors import (
    Given,
    Sentences,
    Source,
    source_for,
)


def cluster(
    phrases: Iterable[Phrase],
    known: Iterable[KnownCluster],
    options: ClusterOptions,
    vectors: Vectors | None = None,
) -> ClusterPlan:
    """Return the ClusterPlan of phrases: each in one cluster, or in `unclustered` with a reason.

    A phrase joins the known cluster with the highest average similarity to its members if that
    reaches the threshold, or if a member has the same words; the others are clustered among
    themselves. Mean and rarities are computed over known and new keywords together. The order of
    rows has no effect. `vectors` (of a model) replace the built-in ones; a threshold of other
    vectors is not used.
    """
    reader = Reader(options.language)
    entries, unreadable = read_entries(phrases, reader)
    known = sorted(known, key=lambda one: one.key)
    members = _read_members(known, reader)
    features, plain, model = _features(entries, members, vectors, reader.language)
    if options.vectors != model:
        options = replace(options, threshold=None)
    progress_reporter.report("read", 1)

    tree = _tree(features.take(np.arange(len(entries)))) if options.threshold is None else None
    threshold = _threshold(features, plain, entries, tree, options)
    if tree is not None:
        progress_reporter.report("cut", 1)
    homes = _homes(features, entries, members, threshold)
    groups = own_groups(entries) if options.own_groups else None
    if groups:
        homes = groups.homes(known, homes)
    rest = np.flatnonzero(homes < 0)
    new: list[PlannedCluster] = []
    if len(rest):
        namer = Namer([*(one.name for one in known), *options.taken_names])
        pillars = KnownPillars(features, known, [member.cluster for member in members])
        tree = tree if len(rest) == len(entries) else None
        new = _new(
            features, rest, entries, tree, threshold, namer, pillars, options.language, groups
        )
    return ClusterPlan(
        (*_grown(known, entries, homes, options.language), *new), unreadable, threshold, model
    )


def _features(
    entries: list[Entry], members: list["_Member"], vectors: Vectors | None, language: str
) -> tuple[Features, Features, str]:
    """Return the features with and without evidence, and the name of the vectors' model.

    The name is "" for the built-in table or if there are no vectors.
    """
    keywords = [entry.keyword for entry in entries] + [member.keyword for member in members]
    texts = [entry.phrases[0].text for entry in entries] + [member.text for member in members]
    source = Given(vectors, texts) if vectors else source_for(keywords, language)
    plain = build_features(keywords, source)
    evidence = [entry.evidence for entry in entries]
    evidence += [Evidence(parent=member.parent) for member in members]
    return with_evidence(plain, evidence_rows(evidence)), plain, _model_name(vectors, source)


@dataclass(frozen=True, slots=True)
class _Member:
    """A keyword of a known cluster; `cluster` is the index of that cluster."""

    cluster: int
    keyword: Keyword
    text: str
    parent: str


def _read_members(known: list[KnownCluster], reader: Reader) -> list[_Member]:
    return [
        _Member(position, keyword, text, parent or "")
        for position, one in enumerate(known)
        for text, parent in _members(one)
        if (keyword := reader.read(text))
    ]


def _model_name(vectors: Vectors | None, source: Source | None) -> str:
    """Return the name of the model that made the vectors; "" for the built-in table."""
    if vectors:
        return vectors.model
    return source.model if isinstance(source, Sentences) else ""


def _members(one: KnownCluster) -> list[tuple[str, str | None]]:
    """Return (text, parent) of the members of a known cluster, by text."""
    parents = one.parents or [None] * len(one.members)
    return sorted(zip(one.members, parents, strict=True), key=lambda member: member[0])


def _threshold(
    features: Features,
    plain: Features,
    entries: list[Entry],
    tree: Tree | None,
    options: ClusterOptions,
) -> float:
    """Return the stored threshold, or the best one for the tree of the new entries.

    If the file groups enough of them, the threshold that reproduces its groups best is chosen on
    the words alone: a tree that includes these groups would be cut too finely for other keywords.
    """
    if tree is None:
        return cast("float", options.threshold)  # no tree is built where it is given
    texts, rows = [entry.text for entry in entries], np.arange(len(entries))
    groups = known_groups([entry.evidence for entry in entries])
    if groups is None:
        return threshold_for(features.take(rows), tree, texts, options.strictness)
    words_only = _tree(plain.take(rows))
    return calibrated_threshold(words_only, groups, options.strictness)


def _homes(
    features: Features, entries: list[Entry], members: list[_Member], threshold: float
) -> np.ndarray:
    """Return the index of the known cluster that each entry joins, -1 for none, (entries,)."""
    homes = np.full(len(entries), -1)
    if not members or not entries:
        return homes
    owners = np.array([member.cluster for member in members])
    used, labels = np.unique(owners, return_inverse=True)
    rows = np.arange(len(entries))
    nearest, averages = nearest_group(features, rows, np.arange(len(members)) + len(rows), labels)
    homes = np.where(averages >= threshold, used[nearest], -1)
    same = {" ".join(member.keyword.words): member.cluster for member in reversed(members)}
    return np.array(
        [same.get(entry.text, home) for entry, home in zip(entries, homes, strict=True)]
    )


def _grown(
    known: list[KnownCluster], entries: list[Entry], homes: np.ndarray, language: str
) -> Iterator[PlannedCluster]:
    """Return a PlannedCluster for each known cluster that gains members."""
    for place in np.unique(homes[homes >= 0]):
        one = known[place]
        joined = [entries[row] for row in np.flatnonzero(homes == place)]
        yield PlannedCluster(
            one.name,
            slug_of(one.name),
            _intent(joined, language),
            one.pillar or one.name,
            _keys(joined),
            one.key,
        )


def _new(
    features: Features,
    rest: np.ndarray,
    entries: list[Entry],
    tree: Tree | None,
    threshold: float,
    namer: Namer,
    pillars: KnownPillars,
    language: str,
    groups: OwnGroups | None,
) -> list[PlannedCluster]:
    """Return a PlannedCluster for each group of the entries that joined no cluster, by name."""
    part, rows = features.take(rest), [entries[row] for row in rest]
    coarse = min(pillars_for(features), threshold)
    tree = tree or _tree(part)
    labels, broad = tree.cut(threshold), tree.cut(coarse)
    labels, stated = groups.relabel(rest, labels) if groups else (labels, {})
    names, topics = name_clusters(part, rows, labels, broad, namer, language, stated)
    topics |= pillars.over(rest, broad)
    planned = []
    for label, places in enumerate(groups_of(labels)):
        members, topic = [rows[place] for place in places], topics[broad[places[0]]]
        intent = _intent(members, language)
        planned.append(PlannedCluster(*names[label], intent, topic, _keys(members)))
    return sorted(planned, key=lambda one: one.name)


def _tree(features: Features) -> Tree:
    """Return the Tree of all rows of Features, down to the pillars."""
    return build_tree(features, candidate_pairs(features), pillars_for(features))


def _intent(entries: list[Entry], language: str) -> str:
    """Return the intent of the phrases of entries."""
    return intent_of([phrase for entry in entries for phrase in entry.phrases], language)


def _keys(entries: list[Entry]) -> tuple[int, ...]:
    """Return the keys of the phrases of entries, by text."""
    phrases = [phrase for entry in entries for phrase in entry.phrases]
    return tuple(phrase.key for phrase in sorted(phrases, key=lambda one: (one.text, one.key)))
