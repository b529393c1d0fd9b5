"""Any server that speaks the OpenAI protocol: hosted, or on a machine of one's own."""

from collections.abc import Callable

from igny8.providers.base import (
    UNRECORDED,
    Answer,
    Assignment,
    ClusterOptions,
    Endpoint,
    ImagePrompt,
    KnownCluster,
    Page,
    Palette,
    Phrase,
    RequestSender,
    Topic,
    Usage,
    ignore_progress,
)
from igny8.providers.builtin.subprocess_clustering import cluster_in_subprocess, interrupt
from igny8.providers.openai_compatible import articles, cluster_names, embeddings, ideas, images
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.structured_output import StructuredClient

LOCAL = 0.1  # of the work of a grouping: the local part, before the model names the groups


class OpenAICompatible:
    """A Provider that asks the chat and image models of one endpoint."""

    name = "openai-compatible"

    def __init__(self, client: Client):
        self._client = client
        self._asker = StructuredClient(client, client.endpoint.chat_model)
        self._painter = images.ImageClient(client, client.endpoint.image_model)

    def cluster(
        self,
        phrases: tuple[Phrase, ...],
        known: tuple[KnownCluster, ...],
        options: ClusterOptions,
        sender: RequestSender = UNRECORDED,
        report_progress: Callable[[float], None] = ignore_progress,
    ) -> Answer:
        """Return the local grouping, by the server's vectors where it has them, its clusters named by the model."""
        given, spent, note = self._vectors(phrases, known, sender)
        local = cluster_in_subprocess(
            phrases, known, options, lambda share: report_progress(LOCAL * share), given
        )
        plan, used, prompt = cluster_names.name_clusters(
            self._asker,
            local,
            phrases,
            known,
            options,
            sender,
            lambda share: report_progress(LOCAL + (1 - LOCAL) * share),
        )
        return Answer(plan, spent + used, self._asker.model, prompt, note)

    def _vectors(self, phrases, known, sender: RequestSender):
        """Return the server's vectors of all keywords (None for the built-in ones), what they used, and a note."""
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
        """Give up what is being asked, after a short grace."""
        self._client.stop()
        interrupt()

    def propose(self, topic: Topic, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return 0 to `count` Ideas on keywords that are in the topic."""
        return self._answer(*ideas.propose(self._asker, topic, count, sender))

    def write(self, assignment: Assignment, sender: RequestSender = UNRECORDED) -> Answer:
        """Return a Draft of kind "article"."""
        return self._answer(*articles.write(self._asker, assignment, sender))

    def describe(self, page: Page, count: int, sender: RequestSender = UNRECORDED) -> Answer:
        """Return the featured ImagePrompt, then one for each chosen section, `count` at most."""
        return self._answer(*images.describe(self._asker, page, count, sender))

    def draw(
        self, prompt: ImagePrompt, palette: Palette, sender: RequestSender = UNRECORDED
    ) -> Answer:
        """Return an ImageFile as WebP in the size of its prompt."""
        picture, used = self._painter.generate(prompt, sender)
        return Answer(picture, used, self._painter.model)

    def _answer(self, value, used, prompt: str) -> Answer:
        return Answer(value, used, self._asker.model, prompt)


def make(endpoint: Endpoint) -> OpenAICompatible:
    """Return the provider for an endpoint; nothing is asked yet."""
    return OpenAICompatible(Client(endpoint))
