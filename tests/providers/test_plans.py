"""What an editor would send back: one outline or title for all, two pages for one question."""

import csv
import re
from collections import Counter
from functools import cache
from html import escape as html_escape
from pathlib import Path

import pytest

from igny8.providers.base import Assignment, ClusterOptions, Phrase, Topic
from igny8.providers.builtin.briefs import write
from igny8.providers.builtin.clustering import cluster
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.keyword_selection import is_same_question
from igny8.providers.builtin.ideas.reading import read_phrase
from igny8.providers.builtin.ideas.titles import join_title
from igny8.providers.builtin.wording import LANGUAGES, load_pack
from igny8.providers.builtin.wording.casing import heading
from igny8.providers.builtin.wording.kinds import KINDS, kind_of
from igny8.providers.builtin.wording.outlines import FAMILIES, LEADS, POOLS, PURPOSE
from igny8.providers.builtin.wording.plans import read_plan
from igny8.providers.builtin.wording.subjects import load_subjects

LISTS = sorted((Path(__file__).parent / "lists").glob("*.csv"))
IDEAS_PER_CLUSTER = 3
ENGLISH = re.compile(
    r"\b(the|what|which|with|and|how|your|from|about|words|writer|reader|use for|where)\b"
)


@cache
def planned(path):
    """Return the language of a list, its clusters and (cluster name, idea, phrases)."""
    language = path.stem.split("-")[0]
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    phrases = tuple(
        Phrase(at, row["Keyword"], int(row["Volume"]), float(row["Difficulty"]))
        for at, row in enumerate(rows)
    )
    plan = cluster(phrases, (), ClusterOptions(language=language))
    ideas = []
    for position, one in enumerate(sorted(plan.clusters, key=lambda one: one.slug)):
        members = tuple(phrases[key] for key in one.members)
        topic = Topic(one.name, one.intent, members, language, position=position)
        found = propose(topic, IDEAS_PER_CLUSTER)
        ideas += [(one.name, idea, phrases) for idea in found]
    return language, plan.clusters, ideas


def brief_of(name, idea, phrases, language):
    return write(
        Assignment(
            idea.titles[0],
            idea.slug,
            idea.meta_description,
            idea.format,
            idea.intent,
            idea.angle,
            idea.target_words,
            idea.outline,
            phrases[idea.primary],
            tuple(phrases[key] for key in idea.secondary),
            name,
            "Site",
            language=language,
        )
    )


def shape(idea):
    """Return an outline without its keyword: what two articles may have in common."""
    return tuple(section.role for section in idea.outline)


def ending(title, keyword):
    return title[len(keyword) :].strip(" :?：-–") if len(title) > len(keyword) else title


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_no_outline_is_used_for_more_than_a_fifth_of_a_list(path):
    _, _, ideas = planned(path)
    commonest = Counter(shape(idea) for _, idea, _ in ideas).most_common(1)[0][1]
    assert commonest <= max(1, 0.2 * len(ideas))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_no_title_ending_is_used_for_more_than_a_tenth_of_a_list(path):
    _, _, ideas = planned(path)
    endings = Counter(
        ending(idea.titles[0], phrases[idea.primary].text) for _, idea, phrases in ideas
    )
    assert endings.most_common(1)[0][1] <= max(2, 0.1 * len(ideas))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_no_two_ideas_of_a_list_answer_one_question(path):
    language, _, ideas = planned(path)
    read = [read_phrase(phrases[idea.primary], language) for _, idea, phrases in ideas]
    keys = [(one.key, one.group) for one in read]
    assert len(keys) == len(set(keys))
    assert len({frozenset(one.sides) for one in read if one.sides}) == sum(
        bool(one.sides) for one in read
    )


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_briefs_are_only_in_the_language_of_the_site(path):
    language, _, ideas = planned(path)
    for name, idea, phrases in ideas if language != "en" else ():
        keywords = " ".join(phrase.text for phrase in phrases).casefold()
        text = re.sub(r"<[^>]+>", " ", brief_of(name, idea, phrases, language).html).casefold()
        assert not [word for word in ENGLISH.findall(text) if word not in keywords.split()]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_clusters_are_named_by_noun_phrases(path):
    language, clusters, _ = planned(path)
    asking = load_pack(language).asking
    for one in clusters:
        assert not asking.search(one.name.casefold()), one.name
        assert one.name == one.name.strip("?!.,:;¿¡ ") and not one.name.casefold().endswith(
            (" meaning", " bedeutung", "とは")
        )


def test_briefs_fit_two_printed_pages():
    for path in LISTS:
        language, _, ideas = planned(path)
        longest = max(brief_of(*one, language).words for one in ideas)
        assert longest <= 900, path.stem


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_all_words(language):
    pack, english = load_pack(language), load_pack("en")
    for name in ("sections", "readers", "facts", "angles", "media", "answers", "questions"):
        assert set(getattr(pack, name)) == set(getattr(english, name)), name
    assert set(pack.titles) == set(english.titles)
    assert set(pack.brief) >= set(english.brief) - {"and"}
    assert set(KINDS) == set(pack.readers) == set(pack.facts)
    assert set(pack.kinds) <= set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_has_a_dozen_title_patterns(language):
    for family, patterns in load_pack(language).titles.items():
        if family != "any":
            assert len(set(patterns)) >= 12, family


def test_every_outline_section_has_wording():
    known = set(load_pack("en").sections)
    names = {name for slots in FAMILIES.values() for name in re.split(r"[ /]", slots)}
    names |= set(LEADS.values())
    names |= {name for pools in POOLS.values() for pool in pools.values() for name in pool.split()}
    assert names - known == {"KIND", "LEAD"}
    assert set(POOLS) == set(LEADS) == set(KINDS)
    assert set(PURPOSE) == set(FAMILIES)


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("emergency plumber leeds", "en", "service"),
        ("document management software", "en", "software"),
        ("vat registration threshold", "en", "money"),
        ("gdpr document retention", "en", "law"),
        ("sourdough bread recipe", "en", "food"),
        ("combi boiler", "en", "product"),
        ("roas formula", "en", "concept"),
        ("migraine symptoms", "en", "health"),
        ("thuisbatterij kosten", "nl", "product"),
        ("limpieza de oficinas", "es", "service"),
        ("zeiterfassung software", "de", "software"),
        ("lohnsteuer berechnen", "de", "money"),
        ("plinthe invisible", "fr", "product"),
        ("箱根 日帰り温泉", "ja", "place"),
        ("quux frobnication", "en", "neutral"),
    ],
)
def test_words_indicate_the_kind_of_a_subject(text, language, kind):
    assert kind_of(text, language) == kind


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "what is crm", "crm meaning"),
        ("en", "what does ecm stand for", "ecm meaning"),
        ("en", "ecm vs dms", "dms vs ecm"),
        ("en", "why is my boiler losing pressure", "boiler losing pressure"),
        ("nl", "thuisbatterij 10 kwh", "10kwh thuisbatterij"),
        ("nl", "hoe werkt een thuisbatterij", "hoe werkt thuisbatterij"),
        ("fr", "muralière", "muraliere"),
        ("ja", "子連れ 温泉 旅館", "子連れ温泉旅館"),
    ],
)
def test_one_question_in_other_words_is_one_page(language, one, other):
    assert is_same_question(
        read_phrase(Phrase(1, one), language), read_phrase(Phrase(2, other), language)
    )


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "what is crm", "best crm for freelancers"),
        ("en", "llc vs s corp", "how to start an llc"),
        ("en", "boiler service cost", "combi boiler vs system boiler"),
        ("fr", "enduit de lissage", "enduit de lissage ou de rebouchage"),
    ],
)
def test_different_questions_get_separate_pages(language, one, other):
    assert not is_same_question(
        read_phrase(Phrase(1, one), language), read_phrase(Phrase(2, other), language)
    )


def test_searches_for_other_sites_get_no_idea():
    for text in ("facebook login", "hubspot.com", "quickbooks customer service"):
        topic = Topic(text, "navigational", (Phrase(1, text, 9000),))
        assert propose(topic, 3) == ()
    stated = Topic("hubspot", "navigational", (Phrase(1, "hubspot", 9000, intent="navigational"),))
    assert propose(stated, 3) == ()


def test_registering_with_an_office_is_no_search_for_another_site():
    (idea,) = propose(Topic("x", "informational", (Phrase(1, "gewerbe anmelden"),), "de"), 1)
    assert idea.titles[0].startswith("Gewerbe anmelden")


def test_single_keyword_without_searches_gets_no_idea():
    assert propose(Topic("odd", "informational", (Phrase(1, "odd thing", 0),)), 3) == ()
    assert len(propose(Topic("odd", "informational", (Phrase(1, "odd thing"),)), 3)) == 1


def test_german_nouns_are_capitalised_and_verbs_are_not():
    texts = {
        "lohnabrechnung lesen": "Lohnabrechnung lesen",
        "minijob grenze 2026": "Minijob-Grenze 2026",
        "generative ki im personalwesen": "Generative KI im Personalwesen",
        "bewerbungsgespräch fragen": "Fragen im Bewerbungsgespräch",
        "hr software kmu": "HR-Software für KMU",
        "waschmaschine stinkt": "Waschmaschine stinkt",
        "muster kündigungsschreiben": "Muster Kündigungsschreiben",
    }
    for text, expected in texts.items():
        (idea,) = propose(Topic(text, "informational", (Phrase(1, text),), "de"), 1)
        assert idea.titles[0].startswith(expected), idea.titles[0]


def test_spelling_of_a_name_in_the_file_is_kept():
    phrases = (Phrase(1, "sap vs netsuite", 90), Phrase(2, "NetSuite pricing", 50))
    ideas = propose(Topic("sap", "commercial", phrases), 1)
    assert "NetSuite" in ideas[0].titles[0]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "mini excavator hire", "rental"),
        ("en", "nurse interview questions", "interview"),
        ("en", "how to read a payslip", "read_payslip"),
        ("en", "capital gains tax allowance 2026", "tax_threshold"),
        ("en", "burst pipe what to do", "emergency"),
        ("en", "boiler repair leeds", "local_repair"),
        ("en", "cordless drill", "device_workshop"),
        ("de", "mitarbeitergespräch leitfaden", "guide_talk"),
        ("de", "elternzeit antrag", "registration"),
        ("de", "zeiterfassung pflicht", "obligation"),
        ("de", "arbeitsvertrag muster", "template"),
        ("fr", "ponceuse girafe location", "rental"),
        ("fr", "que faire à bordeaux", "itinerary"),
        ("es", "caldera no enciende", "fault"),
        ("it", "certificazione energetica obbligatoria", "obligation"),
        ("nl", "thuisbatterij terugverdientijd", "payback"),
        ("pt", "fuga de água o que fazer", "emergency"),
        ("ja", "温泉 マナー", "etiquette"),
        ("en", "how to read a water bill", "read_bill"),
        ("en", "how to read a bank statement", "read_statement"),
        ("de", "heizkostenabrechnung verstehen", "read_bill"),
        ("de", "lohnabrechnung verstehen", "read_payslip"),
        ("fr", "comprendre facture électricité", "read_bill"),
        ("en", "self assessment deadline", "deadline"),
        ("de", "steuererklärung frist 2026", "deadline"),
        ("fr", "date limite déclaration impôts", "deadline"),
        ("de", "elterngeld höhe 2026", "benefit"),
        ("de", "kündigungsfrist mietvertrag", "notice_home"),
        ("fr", "congé paternité durée", "duration_right"),
        ("en", "laminate vs vinyl flooring", "material_compare"),
        ("fr", "parquet ou carrelage", "material_compare"),
        ("de", "aktien oder etf", "finance_compare"),
        ("en", "induction vs gas hob", "product_compare"),
        ("en", "moving house checklist", "private_checklist"),
        ("en", "new employee checklist", "checklist"),
        ("fr", "plafond pel", "savings_ceiling"),
        ("en", "speed limit motorway", "speed_limit"),
        ("de", "ibuprofen höchstdosis", "max_dose"),
        ("fr", "recette quiche lorraine", "baking"),
        ("en", "inheritance tax threshold 2026", "tax_threshold"),
        ("en", "fire risk assessment requirements", "obligation"),
        ("en", "tree surgeon norwich", "local_provider"),
        ("en", "oven not heating what to do", "fault"),
        ("en", "garden shed", "garden_thing"),
        ("en", "potato gratin", "recipe_gratin"),
        ("en", "chicken noodle casserole recipe", "recipe_gratin"),
        ("en", "no bake cheesecake", "recipe_cold"),
        ("en", "chickpea curry", "recipe_hob"),
        ("en", "sourdough starter", "recipe_preserve"),
        ("en", "how long to boil eggs", "cook_time"),
        ("en", "how to store avocado", "food_storing"),
        ("en", "baby bonus payment", "benefit_once"),
        ("en", "state pension age", "pension_age"),
        ("en", "child benefit rates", "benefit_amount"),
        ("en", "retaining wall blocks", "material_head"),
        ("en", "hay fever remedies", "remedy_any"),
        ("en", "hay fever tablets", "medicine_head"),
        ("en", "dental implants cost", "procedure_cost"),
        ("en", "how to become a paramedic", "become"),
        ("en", "power of attorney", "legal_paper"),
        ("en", "how to meditate", "howto_any"),
        ("en", "can dogs eat grapes", "eat_safety"),
        ("en", "german shepherd", "pet_head"),
        ("en", "photosynthesis", "science_head"),
        ("en", "password manager", "infra_software"),
        ("en", "invoicing software for freelancers", "app_for_people"),
        ("en", "cv template", "template_plain"),
        ("en", "tenancy agreement template", "template"),
        ("en", "cover letter for internship", "letter_plain"),
        ("en", "bee sting what to do", "first_aid"),
        ("en", "gaslighting examples", "example_list"),
        ("en", "christmas gift ideas for dad", "gift_ideas"),
        ("en", "growing potatoes in bags", "edible_grow"),
        ("en", "monstera yellow leaves", "houseplant_head"),
        ("en", "dog not eating", "pet_vet"),
        ("en", "how to get rid of ants", "pest_diy"),
        ("en", "walking boots leaking", "problem_any"),
        ("en", "why is the sky blue", "why"),
        ("en", "how to make a pivot table", "software_task"),
        ("en", "migrate from quickbooks to xero", "software_migrate"),
        ("en", "loft conversion cost", "service_price"),
        ("en", "super bowl date", "event_head"),
        ("en", "driving test waiting times", "waiting"),
        ("en", "quux frobnication", "neutral"),
        ("fr", "location échafaudage", "rental"),
        ("en", "passport renewal", "official_document"),
        ("de", "lavendel schneiden", "pruning"),
        ("de", "kopfschmerzen hausmittel", "home_remedy"),
        ("de", "widerrufsrecht frist", "duration_right"),
        ("en", "how to read a council tax bill", "read_document"),
    ],
)
def test_marker_word_and_kind_choose_the_plan(language, text, name):
    plan = read_phrase(Phrase(1, text), language).plan
    assert plan is not None and plan.name == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_plans_are_complete_and_name_known_sections(language):
    pack = load_pack(language)
    assert len(pack.plans) >= 20
    for plan in pack.plans:
        size = len(plan.fixed) + min(plan.optional_count, len(plan.optional))
        assert set(plan.order) <= set(pack.all_sections), plan.name
        assert 5 <= size <= 8, plan.name
        assert len(plan.titles) >= 3 and len(plan.facts) >= 4 and len(plan.media) >= 2, plan.name
        assert plan.question.startswith("{K}"), plan.name


@pytest.mark.parametrize(
    ("language", "text", "start"),
    [
        ("en", "boiler repair leeds", "Boiler Repair in Leeds"),
        ("de", "personalvermittlung berlin", "Personalvermittlung in Berlin"),
        ("de", "lohnabrechnung software", "Lohnabrechnungs-Software"),
        ("fr", "ponceuse girafe location", "Location de ponceuse girafe"),
        ("es", "fontanero valencia", "Fontanero en Valencia"),
        ("nl", "thuisbatterij kosten", "Kosten van een thuisbatterij"),
    ],
)
def test_keywords_get_their_missing_words(language, text, start):
    (idea,) = propose(Topic(text, "informational", (Phrase(1, text),), language), 1)
    assert idea.titles[0].startswith(start), idea.titles[0]


@pytest.mark.parametrize(
    ("language", "text", "sides"),
    [
        ("de", "unterschied zwischen brutto und netto", ("brutto", "netto")),
        ("de", "brutto netto unterschied", ("brutto", "netto")),
        ("fr", "différence entre miel et sirop", ("miel", "sirop")),
        ("de", "gas oder strom", ("gas", "strom")),
        ("de", "unterschied", ()),
    ],
)
def test_a_comparison_gives_each_side_a_section_of_its_own(language, text, sides):
    assert read_phrase(Phrase(1, text), language).sides == sides
    (idea,) = propose(Topic("x", "informational", (Phrase(1, text),), language), 1)
    headings = [section.heading for section in idea.outline]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plan_names_its_reader_and_three_angles(language):
    for plan in load_pack(language).plans:
        assert plan.reader, plan.name
        assert len(set(plan.angles)) >= 3, plan.name


@pytest.mark.parametrize(
    ("language", "keyword"),
    [("en", "dishwasher leaking what to do"), ("fr", "dégât des eaux que faire")],
)
def test_a_description_asks_its_question_once(language, keyword):
    (idea,) = propose(Topic("x", "informational", (Phrase(0, keyword, 10),), language), 1)
    text = idea.meta_description.casefold()
    assert len(re.findall(r"what to do|what do (?:i|you) do|que faire", text)) == 1


@pytest.mark.parametrize(
    ("language", "keyword", "shown"),
    [
        ("fr", "plafond pel", "Plafond du PEL"),
        ("en", "vitamin d benefits", "Vitamin D benefits"),
        ("fr", "taux livret a", "Taux livret A"),
        ("en", "tree surgeon norwich", "Tree surgeon in Norwich"),
        ("en", "time in tokyo", "Time in Tokyo"),
        ("en", "marie curie quotes", "Marie Curie quotes"),
        ("en", "roast turkey", "Roast turkey"),
        ("en", "bath towels", "Bath towels"),
    ],
)
def test_headings_spell_abbreviations_and_names(language, keyword, shown):
    assert heading(keyword, load_pack(language)) == shown


def test_angles_of_a_brief_are_those_of_its_plan():
    (idea,) = propose(
        Topic("x", "informational", (Phrase(0, "ramonage obligatoire", 10),), "fr"), 1
    )
    html = brief_of("x", idea, (Phrase(0, "ramonage obligatoire", 10),), "fr").html
    plan = read_phrase(Phrase(0, "ramonage obligatoire"), "fr").plan
    assert plan.name == "obligation"
    assert all(html_escape(angle, quote=False) in html for angle in plan.angles)


@pytest.mark.parametrize(
    ("text", "tag", "kind"),
    [
        ("best memory foam mattress for back pain", "bed_item", "product"),
        ("glazier bristol", "trade", "service"),
        ("power of attorney", "legal_paper", "law"),
        ("no bake cheesecake", "cold_dish", "food"),
        ("agile vs waterfall", "method_term", "concept"),
        ("universal credit and working", "benefit_monthly", "money"),
        ("child benefit rates", "benefit_monthly", "money"),
        ("how to migrate from quickbooks to xero", "known_software", "software"),
        ("recipe of the day", "", "food"),
        ("how long do hamsters live", "", ""),
        ("airedale terriers", "pet", "neutral"),
    ],
)
def test_known_things_have_a_kind_and_tags(text, tag, kind):
    found = load_subjects("en").find(text)
    assert found.kind == kind and (tag in found.tags or (not tag and not found.tags))


@pytest.mark.parametrize(
    ("text", "tag", "kind"),
    [
        ("nudelauflauf mit schinken", "gratin_like", "food"),
        ("küche kaufen", "worktop", "product"),
        ("kuchen backen", "dough_baked", "food"),
        ("bürostuhl ergonomisch", "chair", "product"),
        ("autowerkstatt günstig", "garage", "service"),
        ("äpfel lagern", "ingredient", "food"),
        ("kreisverkehr preis", "other", ""),
    ],
)
def test_known_things_are_found_in_german_compounds_and_forms(text, tag, kind):
    found = load_subjects("de").find(text)
    assert found.kind == kind and (tag in found.tags or not kind)


def test_conditional_lines_need_their_tag():
    text = """
reader: r
ask: {K}: a, b?
titles: T1 | ?powered T2
facts: F1 | ?powered F2 | ?!powered F3
media: M1
angles: A1
+ One | H1 | I1
~ ?powered Two | H2 | I2
"""
    sections = {}
    plan = read_plan("p", text, sections)
    assert sections == {"p_1": ("One", "H1", "I1"), "p_2": ("Two", "H2", "I2")}
    bare, powered = plan.tailored(frozenset()), plan.tailored(frozenset({"powered"}))
    assert (bare.facts, bare.optional, bare.titles) == (("F1", "F3"), (), ("T1",))
    assert (powered.facts, powered.optional) == (("F1", "F2"), ("p_2",))
    assert powered.titles == ("T1", "T2")


@pytest.mark.parametrize("language", LANGUAGES)
def test_plans_are_complete_without_their_conditional_lines(language):
    for plan in load_pack(language).plans:
        bare = plan.tailored(frozenset())
        assert len(bare.fixed) + min(bare.optional_count, len(bare.optional)) >= 5, plan.name
        assert len(bare.titles) >= 3 and len(bare.facts) >= 4, plan.name
        assert len(bare.media) >= 2 and len(bare.angles) >= 3, plan.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_conditions_name_tags_that_exist(language):
    subjects = load_subjects(language)
    known = {tag for tags in subjects.tags.values() for tag in tags}
    for plan in load_pack(language).plans:
        named = plan.tags | {tag for _, tag, _ in plan.conditions}
        assert named <= known, plan.name


@pytest.mark.parametrize(
    "keyword", ["child benefit rates", "german shepherd", "hay fever remedies"]
)
def test_english_descriptions_end_in_sections_of_the_very_article(keyword):
    (idea,) = propose(Topic("x", "informational", (Phrase(0, keyword, 10),), "en"), 1)
    headings = {section.heading.casefold().rstrip("?") for section in idea.outline}
    found = re.search(r"(?:Also covered:|Also:|Plus) (.+)[.?]$", idea.meta_description)
    assert found, idea.meta_description
    named = found[1].casefold()
    assert named in headings or set(named.split(" and ")) <= headings


def test_a_title_goes_on_from_the_keyword_where_the_plan_says_so():
    pack = load_pack("en")
    assert join_title("Hay Fever", "^Symptoms: Signs by Month", pack) == (
        "Hay Fever Symptoms: Signs by Month"
    )
