"""The built-in provider: all six calls without a key, a network or a model."""

from collections.abc import Callable
from dataclasses import replace

from igny8.errors import ExternalError
from igny8.providers.base import (
    UNRECORDED,
    Answer,
    Assignment,
    ClusterOptions,
    ClusterPlan,
    Draft,
    Endpoint,
    Idea,
    ImageFile,
    ImagePrompt,
    KnownCluster,
    NearestPages,
    Page,
    Palette,
    PartChangeRequest,
    Phrase,
    RequestSender,
    Topic,
    ignore_progress,
)
from igny8.providers.builtin.briefs import write
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.imagery import describe, draw
from igny8.providers.builtin.subprocess_clustering import (
    cluster_in_subprocess,
    interrupt,
    nearest_in_subprocess,
)
from igny8.providers.outline_review import review_outline


class BuiltIn:
    """A Provider whose answers are free and deterministic."""

    name = "built-in"

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer[ClusterPlan]:
        """Return a ClusterPlan that accounts for every phrase."""
        return Answer(cluster_in_subprocess(phrases, known, options, report_progress))

    def nearest(
        self,
        texts: tuple[str, ...],
        pages: tuple[tuple[str, ...], ...],
        language: str,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> NearestPages:
        """Return the most similar page for each text; a page is given by its names."""
        return nearest_in_subprocess(texts, pages, language, report_progress)

    def interrupt(self) -> None:
        """Stop running clusterings: they raise Interrupted."""
        interrupt()

    def propose(
        self, topic: Topic, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[Idea, ...]]:
        """Return 0 to `count` Ideas, fewer if the topic needs no further page."""
        return Answer(propose(topic, count))

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer[Draft]:
        """Return a Draft of kind "brief"; its outline was reviewed."""
        review = review_outline(assignment)
        draft = write(replace(assignment, outline=review.sections))
        return Answer(replace(draft, outline=review))

    def change_part(
        self, wish: PartChangeRequest, sender: RequestSender = UNRECORDED
    ) -> Answer[str]:
        """Raise ExternalError: only models change texts."""
        raise ExternalError("The built-in provider cannot change texts.", permanent=True)

    def describe(
        self, page: Page, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[ImagePrompt, ...]]:
        """Return the featured ImagePrompt and one per chosen section, at most `count`."""
        return Answer(describe(page, count))

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer[ImageFile]:
        """Return a title card as an ImageFile."""
        return Answer(draw(prompt, palette))


def make(endpoint: Endpoint) -> BuiltIn:
    """Return the built-in provider; the endpoint is ignored, as no server is needed."""
    return BuiltIn()
