"""The checks of an article: each kind of bad text fails the one that names its place, good text passes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from igny8.providers.base import Assignment, Check, Citation, Draft, Phrase, Voice
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.checks import check_article
from igny8.providers.checks.reasons import REASONS
from igny8.providers.checks.sources import Ground, list_claims

ANSWERS = Path(__file__).with_name("answers")
FACTS = re.compile(r"(keyword|title|description|slug): (.*?)(?= \| | -->)")


def read(name: str) -> tuple[Draft, Assignment]:
    """Return the draft and the assignment of a file whose comment holds keyword, title and so on."""
    comment, _, html = (ANSWERS / name).read_text("utf-8").partition("\n")
    facts = dict(FACTS.findall(comment))
    title, slug, meta = facts["title"], facts["slug"], facts["description"]
    words = count_words(html)
    draft = Draft("article", title, slug, title, meta, meta, html, words, ())
    phrase = Phrase(1, facts["keyword"])
    job = Assignment(
        title, slug, meta, "guide", "informational", "", words, (), phrase, (), "c", "S"
    )
    return draft, job


def failed(draft: Draft, job: Assignment) -> list[str]:
    """Return the sentences of the checks that fail."""
    return [check.text for check in check_article(draft, job).checks if not check.ok]


def changed(**options: object) -> list[str]:
    """Return the failing checks of the good article with one change: text after the first heading."""
    draft, job = read("good_ratio.html")
    after = str(options.pop("after", ""))
    job = replace(job, **options)
    html = draft.html.replace("</h2>", f"</h2>{after}", 1)
    return failed(replace(draft, html=html), job)


@pytest.mark.parametrize("path", sorted(ANSWERS.glob("good_*.html")), ids=lambda path: path.stem)
def test_good_article_passes_every_check(path):
    assert failed(*read(path.name)) == []


@pytest.mark.parametrize("path", sorted(ANSWERS.glob("bad_*.html")), ids=lambda path: path.stem)
def test_bad_article_fails_checks_that_name_the_place(path):
    assert len([text for text in failed(*read(path.name)) if "“" in text]) >= 3


SAID = (
    "A ratio is coffee to water by weight, because volume misleads: a cup of coarse grounds weighs"
)
# What is put below the first heading → what the failing check says of it.
BAD = {
    "repeated sentence": ("<p>At 1:8 you pour it straight over ice. It keeps.</p>", "repeats an earlier one"),
    "nearly the same sentence": ("<p>Change one thing a batch, but change the ratio first: it is the only setting which moves strength without touching the taste of the bean.</p>", "repeats an earlier one"),
    "repeated heading": ("<p>Weigh it first.</p><h2>How the ratio changes caffeine</h2><p>It does.</p>", "repeats another one"),
    "nearly the same heading": ("<p>Weigh it first.</p><h2>How much the ratio changes caffeine</h2><p>It does.</p>", "repeats another one"),
    "empty part": ("<p>Weigh it first.</p><h2>Water and its hardness</h2><h2>Jars</h2>", "There is nothing below"),
    "cut sentence": ("<p>Weigh the coffee before you pour the water because the scale of most kitchens</p>", "unfinished"),
    "cut after and": ("<p>Weigh the coffee, the water and.</p>", "unfinished"),
    "cut after a comma": ("<ul><li>Weigh the coffee,</li></ul>", "unfinished"),
    "cut with dots in a heading": ("<p>Weigh it.</p><h3>What most people…</h3><p>They guess.</p>", "unfinished"),
    "leftover word": ("<p>coffee</p>", "is only “coffee”"),
    "null": ("<p>null</p>", "An empty value"),
    "AI disclaimer": ("<p>As an AI language model, I cannot verify this.</p>", "speaks of itself"),
    "chatter": ("<p>Sure! Here is the introduction you asked for:</p>", "speaks of itself"),
    "German chatter": ("<p>Gerne! Hier ist die Einleitung.</p>", "speaks of itself"),
    "leaked prompt": ("<p>Write the part “Ratio” of the article. Do not repeat what other parts say.</p>", "instruction"),
    "leaked role": ("<p>You are an expert SEO copywriter.</p>", "instruction"),
    "leaked label": ("<p>Secondary keywords: cold brew, coffee jar.</p>", "instruction"),
    "leaked fence": ("<p>&lt;data&gt; Parts before: none. &lt;/data&gt;</p>", "instruction"),
    "placeholder": ("<p>Call us at [insert phone number] today.</p>", "placeholder"),
    "identifier": ("<p>the_article_will_provide_tips is what we grind.</p>", "technical identifier"),
    "glued keyword": ("<p>The coldbrewcoffeeratio is simple.</p>", "written without spaces"),
    "bold Markdown": ("<p>Choose **coarse** grounds.</p>", "Raw markup"),
    "Markdown stars": ("<p>Choose *coarse* grounds.</p>", "Raw markup"),
    "Markdown link": ("<p>See [our guide](https://shop.example/size) now.</p>", "Raw markup"),
    "Markdown heading": ("<p>## Introduction to grounds.</p>", "Raw markup"),
    "entity": ("<p>Salt &amp;amp; coffee keep well.</p>", "Raw markup"),
    "raw table": ("<p>| Jar | Coffee | |---|---| | 1 l | 110 g |</p>", "Raw markup"),
    "citation mark": ("<p>Cold water draws out less【4†source】.</p>", "citation mark"),
    "reference mark": ("<p>Cold water draws out less. [1][2]</p>", "citation mark"),
    "other language": ("<p>Das Verhältnis ist für die meisten Menschen eins zu acht, und der Kaffee wird mit kaltem Wasser nicht bitter.</p>", "is German, not English"),
    "other script": ("<p>Соотношение кофе и воды зависит от вкуса и от помола зёрен.</p>", "is Russian"),
    "unsourced share": ("<p>Prices fell 20 % in 2024.</p>", "no source"),
    "unsourced people": ("<p>Three in four people drink it weekly.</p>", "no source"),
    "unsourced study": ("<p>Several recent studies show that it is gentler.</p>", "no source"),
    "stale year": ("<p>As of 2023, the best jars cost ten pounds.</p>", "has passed"),
    "stock phrases": ("<p>In today's fast-paced world, let's dive in. It's important to note that coffee is a game changer.</p>", "stock phrases"),
    "same beginnings": ("<p>You can use a jar. You can use a press. You can use a jug.</p>", "begin alike"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_fault_is_reported_with_its_place(kind):
    html, words = BAD[kind]
    found = [text for text in changed(after=html) if words in text]
    assert len(found) == 1 and "“" in found[0], changed(after=html)


# Text that only looks like a fault.
FINE = {
    "code": "<p>Type <code>make</code></p><p>Set <code>a_b_c_d_e = **x**</code> to three.</p>",
    "dunder and powers": "<p>A std::set and __init__ and 2**3 = 8 and 4**5 stay as they are.</p>",
    "colon before a list": "<p>You need three things:</p><ul><li>A jar</li><li>Something to stir with</li></ul>",
    "label": "<p><strong>What you need</strong></p><p>A jar will do.</p>",
    "abbreviations": "<p>Use a filter, e.g. paper. Dr. Illy liked it at approx. four degrees.</p>",
    "vitamin A": "<p>It has no vitamin A.</p><p>It was fine after a while.</p>",
    "line break": "<p>First line.<br>Second line.</p>",
    "share of a mixture": "<p>Use 70 % alcohol to clean the jar, or 100% cotton to dry it.</p>",
    "question": "<h3>What is it good for?</h3><p>For hot days and slow mornings.</p>",
    "quoted end": "<p>She called it “the best I had.”</p>",
    "past event": "<p>The café opened in 2011 and sold nothing else.</p>",
    "foreign words": "<p>Order a café con leche, or a caffè latte, at any bar in town.</p>",
    "here is": "<p>Here is the part that most people skip: stir it twice.</p>",
}  # fmt: skip


@pytest.mark.parametrize("kind", FINE)
def test_text_that_only_looks_like_a_fault_passes(kind):
    assert changed(after=FINE[kind]) == []


def test_figure_of_the_site_s_own_facts_needs_no_source():
    voice = Voice(knowledge="In our shop prices fell 20 % in 2024.")
    assert changed(after="<p>Prices fell 20 % in 2024.</p>", voice=voice) == []


def test_text_in_the_wrong_language_throughout_is_named():
    assert any("is English, not German" in text for text in changed(language="de"))


def test_every_check_has_an_explanation():
    draft, job = read("good_ratio.html")
    draft = replace(draft, citations=(Citation("Log", "", ("Brew it cold.",)),))
    checks: tuple[Check, ...] = check_article(draft, job).checks
    assert {check.kind for check in checks} == set(REASONS)
    assert all(check.text and check.why for check in checks)


def test_errors_come_first_and_passed_checks_last():
    draft, job = read("bad_repeated.html")
    checks = check_article(draft, job).checks
    assert [check.ok for check in checks] == sorted(check.ok for check in checks)
    assert checks[0].severity == "error"
    assert "warning" in {check.severity for check in checks if not check.ok}


def kinds(**changes: object) -> set[str]:
    """Return the kinds of the checks that fail for the good article with other fields."""
    draft, job = read("good_ratio.html")
    return {c.kind for c in check_article(replace(draft, **changes), job).checks if not c.ok}


def test_keyword_counts_in_other_forms_and_order():
    assert kinds(title="Ratios for Cold Brewed Coffee, and Why One to Eight Is Best") == set()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"title": "How to Weigh What You Brew, With a Table for Every Jar"}, "keyword_in_title"),
        ({"slug": "a-table-for-every-jar"}, "keyword_in_slug"),
        ({"slug": "cold-brew-coffee-ratio-" + "and-so-on-" * 6}, "keyword_in_slug"),
        (
            {"meta_title": "MAXIMUM WIDTH OF MANY WIDE CAPITAL LETTERS IN A TITLE WOW"},
            "title_width",
        ),
        ({"meta_description": "W" * 150}, "description_width"),
        ({"meta_description": "W" * 150}, "keyword_in_description"),
    ],
)
def test_texts_in_search_results_are_checked(changes, kind):
    assert kind in kinds(**changes)


LONG = (
    "The jar that you fill in the evening with the ground coffee and the water that you weighed "
    * 2
)
FAULTY = {
    "keyword_in_headings": "".join(f"<h2>Cold brew coffee ratio number {n}</h2><p>Yes.</p>" for n in range(40)),
    "keyword_density": "<p>Cold brew coffee ratio.</p>" * 40,
    "competing_links": '<p>See <a href="/ratio">cold brew coffee ratio</a>.</p>',
    "single_title": "<h1>Another title</h1><p>Weigh it.</p>",
    "sentence_length": f"<p>{LONG}.</p>" * 20,
    "part_length": "<p>" + "Weigh the coffee first. " * 90 + "</p>",
    "connecting_words": "<p>" + "Weigh it. Pour it. Stir it. " * 30 + "</p>",
    "passive_voice": "<p>" + "The coffee is weighed. The water is poured slowly. " * 20 + "</p>",
    "flesch": "<p>" + "Organisational characteristics necessitate comprehensive considerations. " * 60 + "</p>",
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTY)
def test_unreadable_or_off_topic_text_is_named(kind):
    draft, _ = read("good_ratio.html")
    assert kind in kinds(html=draft.html.replace("</h2>", f"</h2>{FAULTY[kind]}", 1))


def test_missing_subject_in_a_third_of_the_text_is_named():
    draft, _ = read("good_ratio.html")
    assert "keyword_distribution" in kinds(
        html=draft.html + "<h2>Tea</h2>" + "<p>Tea is tea.</p>" * 99
    )


def test_page_on_health_money_or_law_needs_a_named_reviewer():
    draft, job = read("good_ratio.html")

    def found(title: str, html: str = draft.html) -> Check:
        checks = check_article(replace(draft, title=title, html=html), job).checks
        return next(check for check in checks if check.kind == "sensitive_topic")

    assert found(draft.title).ok
    for title, subject in (
        ("Side Effects of Iron Tablets", "health"),
        ("How to Refinance a Mortgage", "money"),
        ("Scheidung ohne Anwalt", "law"),
    ):
        assert not found(title).ok and f"about {subject}" in found(title).text
        assert found(title, draft.html + "<p>Reviewed by Ada Stone, pharmacist.</p>").ok


def test_claims_are_listed_with_their_source_or_as_unsourced():
    html = "<p>Prices fell 20 % in 2024.</p><h2>Why</h2><p>Studies show that it helps. Stir it.</p>"
    claims = list_claims(html, Ground("In our shop prices fell 20 % in 2024."))
    assert [(c.sentence, c.is_sourced) for c in claims] == [
        ("Prices fell 20 % in 2024.", True),
        ("Studies show that it helps.", False),
    ]
    assert claims[1].place == "below “Why”"
