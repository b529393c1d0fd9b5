"""The provider for servers with an OpenAI-compatible API, hosted or local."""

from collections.abc import Callable
from typing import Any

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
    Page,
    Palette,
    PartChangeRequest,
    Phrase,
    RequestSender,
    Topic,
    Usage,
    Vectors,
    ignore_progress,
)
from igny8.providers.builtin.subprocess_clustering import cluster_in_subprocess, interrupt
from igny8.providers.openai_compatible import (
    articles,
    cluster_names,
    embeddings,
    ideas,
    images,
    part_changes,
)
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.structured_output import StructuredClient

LOCAL_SHARE = 0.1  # of the progress of clustering: what is computed before the model names clusters


class OpenAICompatible:
    """A Provider that uses the chat and image models of one endpoint."""

    name = "openai-compatible"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._chat = StructuredClient(client, client.endpoint.chat_model)
        self._images = images.ImageClient(client, client.endpoint.image_model)

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer[ClusterPlan]:
        """Cluster locally, with the server's embeddings if any; a model names the clusters."""
        given, spent, note = self._vectors(phrases, known, sender)
        local = cluster_in_subprocess(
            phrases, known, options, lambda share: report_progress(LOCAL_SHARE * share), given
        )
        plan, used, prompt = cluster_names.name_clusters(
            self._chat,
            local,
            phrases,
            known,
            options,
            sender,
            lambda share: report_progress(LOCAL_SHARE + (1 - LOCAL_SHARE) * share),
        )
        return Answer(plan, spent + used, self._chat.model, prompt, note)

    def _vectors(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        sender: RequestSender,
    ) -> tuple[Vectors | None, Usage, str]:
        """Return the server's embeddings of all keywords (or None), their usage, and a note."""
        model = self._client.endpoint.embedding_model
        if not model:
            return None, Usage(), ""
        texts = {phrase.text for phrase in phrases} | {
            text for one in known for text in one.members
        }
        try:
            given, used = embeddings.fetch_embeddings(self._client, texts, sender)
        except embeddings.NoEmbeddings as none:
            return None, Usage(), f"The built-in vectors compare the keywords, not {model}: {none}"
        return given, used, f"{model} compares {len(given.rows):,} keywords"

    def interrupt(self) -> None:
        """Cancel requests in flight after a short grace period."""
        self._client.stop()
        interrupt()

    def propose(
        self, topic: Topic, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[Idea, ...]]:
        """Return up to `count` Ideas; their keywords come from the topic."""
        return self._answer(*ideas.propose(self._chat, topic, count, sender))

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer[Draft]:
        """Return a Draft of kind "article"."""
        return self._answer(*articles.write(self._chat, assignment, sender))

    def change_part(
        self, wish: PartChangeRequest, sender: RequestSender = UNRECORDED
    ) -> Answer[str]:
        """Return the HTML of a part of an article, changed as the reviewer requested."""
        return self._answer(*part_changes.change_part(self._chat, wish, sender))

    def describe(
        self, page: Page, count: int, sender: RequestSender = UNRECORDED
    ) -> Answer[tuple[ImagePrompt, ...]]:
        """Return the featured ImagePrompt and one per chosen section, at most `count`."""
        return self._answer(*images.describe(self._chat, page, count, sender))

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer[ImageFile]:
        """Return an ImageFile as WebP in the size of its prompt."""
        image, used = self._images.generate(prompt, sender)
        return Answer(image, used, self._images.model)

    def _answer(self, value: Any, used: Usage, prompt: str) -> Answer[Any]:
        return Answer(value, used, self._chat.model, prompt)


def make(endpoint: Endpoint) -> OpenAICompatible:
    """Return the provider for an endpoint, without sending a request."""
    return OpenAICompatible(Client(endpoint))
