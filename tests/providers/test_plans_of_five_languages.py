"""What Italian, Spanish, Portuguese, Dutch and Japanese keywords ask for, and in which words."""

import re
from collections import Counter

import pytest

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.reading import read_phrase
from igny8.providers.builtin.wording import load_pack

FIVE = ("es", "it", "ja", "nl", "pt")
ENGLISH = re.compile(
    r"\b(the|what|which|with|and|how|your|from|about|words|writer|reader|use for|where)\b"
)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("it", "bolletta luce come leggerla", "read_bill"),
        ("it", "carta d'identità elettronica rinnovo", "official_document"),
        ("it", "isee 2026 documenti", "papers"),
        ("it", "naspi durata", "benefit_duration"),
        ("it", "pensione anticipata requisiti", "pension_age"),
        ("it", "multa autovelox ricorso", "fine_appeal"),
        ("it", "tachipirina o ibuprofene", "health_compare"),
        ("it", "pavimento laminato o vinilico", "material_compare"),
        ("it", "dentista bologna", "local_professional"),
        ("it", "tiramisù senza uova", "cold_recipe"),
        ("pt", "fatura da luz explicada", "read_bill"),
        ("pt", "renovar cartão de cidadão", "official_document"),
        ("pt", "abono de família valor 2026", "benefit"),
        ("pt", "subsídio de desemprego duração", "benefit_duration"),
        ("pt", "ibuprofeno dose máxima", "max_dose"),
        ("pt", "certificados de aforro", "money_head"),
        ("pt", "melhor altura para ir aos açores", "travel_time"),
        ("pt", "arroz de pato", "recipe"),
        ("nl", "energierekening begrijpen", "read_bill"),
        ("nl", "rijbewijs verlengen", "official_document"),
        ("nl", "ww uitkering hoe lang", "benefit_duration"),
        ("nl", "aow leeftijd", "pension_age"),
        ("nl", "opzegtermijn huur", "duration_right"),
        ("nl", "laminaat of pvc", "material_compare"),
        ("nl", "glaszetter utrecht", "local_provider"),
        ("nl", "wat te doen in maastricht", "itinerary"),
    ],
)
def test_keyword_of_a_country_gets_its_plan(language, text, name):
    plan = read_phrase(Phrase(1, text), language).plan
    assert plan is not None and plan.name == name


@pytest.mark.parametrize("language", FIVE)
def test_plans_contain_no_english(language):
    for plan in load_pack(language).plans:
        lines = (plan.reader, plan.question, *plan.titles, *plan.facts, *plan.media, *plan.angles)
        sections = (load_pack(language).all_sections[name] for name in plan.order)
        texts = [*lines, *(f"{one.label} {one.heading} {one.instruction}" for one in sections)]
        assert not ENGLISH.findall(" ".join(texts).casefold()), plan.name


@pytest.mark.parametrize("language", FIVE)
def test_plans_of_a_language_share_no_outline(language):
    pack = load_pack(language)
    outlines = Counter(
        tuple(pack.all_sections[name].heading for name in plan.order) for plan in pack.plans
    )
    assert outlines.most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("language", "text", "start"),
    [
        ("it", "multa autovelox ricorso", "Ricorso contro una multa da autovelox"),
        ("it", "naspi durata", "Durata della NASpI"),
        ("pt", "esquentador não acende", "O esquentador não acende"),
        ("pt", "prazo entrega irs", "Prazo de entrega do IRS"),
        ("nl", "recept lasagne", "Recept voor lasagne"),
        ("nl", "verkeersboete bezwaar", "Bezwaar tegen een verkeersboete"),
    ],
)
def test_titles_have_the_words_that_searches_leave_out(language, text, start):
    (idea,) = propose(Topic(text, "informational", (Phrase(1, text),), language), 1)
    assert idea.titles[0].startswith(start), idea.titles[0]
