"""Which outline a gardening keyword gets, and that it is not that of a purchase."""

import pytest

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.reading import read_phrase


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("basil companion plants", "garden_companions", "list"),
        ("when to prune roses", "garden_prune_when", "questions"),
        ("lavender pruning guide", "garden_prune", "how-to"),
        ("is lavender a perennial", "garden_perennial", "questions"),
        ("how to plant basil seeds", "garden_sow", "how-to"),
        ("growing tomatoes in pots", "garden_pots", "how-to"),
        ("how to grow tomatoes", "garden_grow", "how-to"),
        ("best fertilizer for roses", "garden_fertiliser", "guide"),
        ("coffee grounds for plants", "garden_remedy", "questions"),
        ("plants that repel mosquitoes", "garden_kinds", "list"),
        ("how to keep rabbits out of garden", "garden_wildlife", "how-to"),
        ("what to plant in july", "garden_month", "list"),
        ("hori hori knife", "garden_tool", "guide"),
        ("pothos vs philodendron", "garden_compare_plants", "comparison"),
    ],
)
def test_a_gardening_question_gets_its_own_outline_and_format(text, name, form):
    found = read_phrase(Phrase(1, text), "en")
    assert (found.plan.name, found.format) == (name, form)


@pytest.mark.parametrize("text", ["basil companion plants", "plants that repel mosquitoes"])
def test_a_selection_of_plants_is_not_treated_as_goods(text):
    (idea,) = propose(Topic(text, "informational", (Phrase(1, text),), "en"), 1)
    written = " ".join((*idea.titles, idea.meta_description, *(s.heading for s in idea.outline)))
    for word in ("Buy", "order", "Guarantee", "tested", "price"):
        assert word not in written


@pytest.mark.parametrize("text", ["home depot", "mint investment app", "plant based protein"])
def test_other_subjects_get_no_gardening_outline(text):
    plan = read_phrase(Phrase(1, text), "en").plan
    assert plan is None or not plan.name.startswith("garden_")
