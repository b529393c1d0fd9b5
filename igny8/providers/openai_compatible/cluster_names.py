"""Stage 1: let the model name the clusters that were computed locally."""

from collections.abc import Callable
from dataclasses import replace

from igny8.errors import ExternalError
from igny8.providers.base import (
    ClusterOptions,
    ClusterPlan,
    KnownCluster,
    Phrase,
    PlannedCluster,
    RequestSender,
    Usage,
    ignore_progress,
)
from igny8.providers.builtin.clustering.naming import slug_of
from igny8.providers.openai_compatible.messages import Question, question
from igny8.providers.openai_compatible.schemas import Name, names
from igny8.providers.openai_compatible.structured_output import StructuredClient

CLUSTERS_PER_REQUEST, EXAMPLES_PER_CLUSTER = 20, 12


def name_clusters(
    asker: StructuredClient,
    plan: ClusterPlan,
    phrases: tuple[Phrase, ...],
    known: tuple[KnownCluster, ...],
    options: ClusterOptions,
    sender: RequestSender,
    report_progress: Callable[[float], None] = ignore_progress,
) -> tuple[ClusterPlan, Usage, str]:
    """Return the plan with the model's names and intents of new clusters, usage, and prompt.

    Clusters of a request without a usable answer keep their local names.
    """
    texts = {phrase.key: phrase for phrase in phrases}
    fresh = [at for at, cluster in enumerate(plan.clusters) if cluster.known is None]
    clusters, used, prompt = list(plan.clusters), Usage(), ""
    taken = _taken_names(plan, known, options)
    slugs = {cluster.slug for cluster in plan.clusters} | {slug_of(one.name) for one in known}
    for turn, begin in enumerate(range(0, len(fresh), CLUSTERS_PER_REQUEST), 1):
        part = fresh[begin : begin + CLUSTERS_PER_REQUEST]
        report_progress(begin / len(fresh))
        asked = _naming_request([clusters[at] for at in part], texts, options)
        prompt = asked.prompt
        try:
            answer, usage = asker.ask(sender, f"names-{turn}", asked.messages, names(len(part)))
        except ExternalError as error:
            if error.kind != "bad_answer":
                raise
            continue
        used += usage
        for name in answer.clusters:
            if 1 <= name.number <= len(part):
                at = part[name.number - 1]
                clusters[at] = _renamed(clusters[at], name, taken, slugs)
    return replace(plan, clusters=tuple(clusters)), used, prompt


def _taken_names(
    plan: ClusterPlan, known: tuple[KnownCluster, ...], options: ClusterOptions
) -> set[str]:
    """Return the names of all clusters of the site and the plan, in lower case."""
    names_in_use = [cluster.name for cluster in plan.clusters]
    names_in_use += [one.name for one in known] + list(options.taken_names)
    return {name.casefold() for name in names_in_use}


def _naming_request(
    clusters: list[PlannedCluster], texts: dict[int, Phrase], options: ClusterOptions
) -> Question:
    groups = [_described(number, cluster, texts) for number, cluster in enumerate(clusters, 1)]
    return question("names", options.voice, "", options.language, groups="\n".join(groups))


def _described(number: int, cluster: PlannedCluster, texts: dict[int, Phrase]) -> str:
    """Return the line of the prompt for a cluster."""
    return f"{number}. now “{cluster.name}” ({cluster.intent}): {_members(cluster, texts)}"


def _members(cluster: PlannedCluster, texts: dict[int, Phrase]) -> str:
    members = sorted(
        (texts[key] for key in cluster.members if key in texts), key=lambda p: (-p.demand, p.text)
    )
    return "; ".join(phrase.text[:80] for phrase in members[:EXAMPLES_PER_CLUSTER])


def _renamed(
    cluster: PlannedCluster, name: Name, taken: set[str], slugs: set[str]
) -> PlannedCluster:
    """Return the cluster with its new intent, and its new name if that is unused."""
    slug = slug_of(name.name) if name.name else ""
    if (
        not slug
        or name.name.casefold() in taken - {cluster.name.casefold()}
        or slug in slugs - {cluster.slug}
    ):
        return replace(cluster, intent=name.intent)
    taken.add(name.name.casefold())
    slugs.add(slug)
    return replace(cluster, name=name.name, slug=slug, intent=name.intent)
