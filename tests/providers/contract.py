"""What every provider owes: subclass ProviderContract and say how to make one."""

import itertools
import re
from io import BytesIO

from PIL import Image

from igny8.providers.base import (
    FORMATS,
    INTENTS,
    Answer,
    Assignment,
    ClusterOptions,
    ImagePrompt,
    Link,
    Page,
    Palette,
    Phrase,
    Topic,
)

PHRASES = (
    Phrase(1, "how to prune blueberries", 4400, 12.0, "informational"),
    Phrase(2, "when to prune blueberries", 1900, 8.0, "informational"),
    Phrase(3, "best pruning shears for blueberries", 720, 21.0, "commercial"),
    Phrase(4, "blueberry pruning diagram", 260, None, None),
    Phrase(5, "do blueberries need pruning", None, None, None),
)
TOPIC = Topic("prune blueberries", "informational", PHRASES)
LINKS = (
    Link("Growing Blueberries", "growing-blueberries", "pillar"),
    Link("Blueberry Soil", "blueberry-soil"),
)


class ProviderContract:
    """The tests. A subclass defines provider()."""

    def provider(self):
        """Return a provider that can answer."""
        raise NotImplementedError

    def assignment(self) -> Assignment:
        """Return the assignment of the provider's own first idea."""
        idea = self.provider().propose(TOPIC, 1).value[0]
        by_key = {phrase.key: phrase for phrase in PHRASES}
        return Assignment(
            idea.titles[0],
            idea.slug,
            idea.meta_description,
            idea.format,
            idea.intent,
            idea.angle,
            idea.target_words,
            idea.outline,
            by_key[idea.primary],
            tuple(by_key[key] for key in idea.secondary),
            TOPIC.name,
            "Green Garden",
            links=LINKS,
        )

    def test_it_has_a_name(self):
        assert self.provider().name

    def test_every_phrase_is_accounted_for_once(self):
        plan = answer(self.provider().cluster(PHRASES, (), ClusterOptions()))
        placed = [key for cluster in plan.clusters for key in cluster.members] + list(
            plan.unclustered
        )
        assert sorted(placed) == [phrase.key for phrase in PHRASES]

    def test_it_proposes_no_more_than_it_was_asked_for(self):
        for count in range(5):
            assert len(answer(self.provider().propose(TOPIC, count))) <= count

    def test_ideas_take_their_keywords_from_the_topic(self):
        ideas = answer(self.provider().propose(TOPIC, 3))
        keys = {phrase.key for phrase in PHRASES}
        assert ideas and len({idea.primary for idea in ideas}) == len(ideas)
        for idea in ideas:
            assert {idea.primary, *idea.secondary} <= keys
            assert idea.primary not in idea.secondary
            assert idea.format in FORMATS and idea.intent in INTENTS
            assert (
                idea.titles
                and all(idea.titles)
                and idea.slug
                and idea.outline
                and idea.target_words > 0
            )

    def test_covered_keywords_are_not_proposed_again(self):
        covered = tuple(phrase.key for phrase in PHRASES[:3])
        ideas = answer(
            self.provider().propose(Topic(TOPIC.name, TOPIC.intent, PHRASES, covered=covered), 5)
        )
        assert not {idea.primary for idea in ideas} & set(covered)

    def test_draft_is_clean_html_without_h1(self):
        draft = answer(self.provider().write(self.assignment()))
        assert draft.kind in ("brief", "article") and draft.title and draft.slug and draft.words > 0
        assert "<h2" in draft.html and draft.headings
        assert not re.search(r"<(h1|script|style|iframe)|\son\w+=|javascript:", draft.html)

    def test_headings_never_skip_a_level(self):
        levels = [
            int(n)
            for n in re.findall(r"<h([1-6])", answer(self.provider().write(self.assignment())).html)
        ]
        assert levels[0] == 2
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))

    def test_featured_image_comes_first(self):
        page = Page(
            "How to Prune Blueberries",
            "prune",
            ("When to prune", "Tools", "Mistakes"),
            "prune blueberries",
        )
        for count in range(5):
            prompts = answer(self.provider().describe(page, count))
            assert len(prompts) <= count
            assert [prompt.position for prompt in prompts] == list(range(len(prompts)))
            assert all(p.prompt and p.alt and p.file_name.endswith(".webp") for p in prompts)
            assert (
                len({p.alt for p in prompts}) == len({p.file_name for p in prompts}) == len(prompts)
            )

    def test_image_has_its_declared_format(self):
        prompt = ImagePrompt(
            0, "featured", "Prune blueberries", "a bush", "A bush", "bush.webp", 1200, 630
        )
        drawn = answer(self.provider().draw(prompt, Palette(name="Green Garden")))
        with Image.open(BytesIO(drawn.data)) as image:
            assert image.size == (drawn.width, drawn.height)
            assert f"image/{image.format.lower()}" == drawn.mime


def answer(given: Answer):
    """Return the value of an Answer after a look at its cost."""
    assert isinstance(given, Answer) and given.usage.requests >= 0
    return given.value
