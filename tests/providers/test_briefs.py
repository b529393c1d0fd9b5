"""A brief can be used at once, and nothing in it can do harm."""

import re
from dataclasses import replace

from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from igny8.providers.base import Assignment, Link, Passage, Phrase, Section
from igny8.providers.builtin.briefs import write
from igny8.sanitising import clean

OUTLINE = (
    Section("The short answer", (), ("when to prune roses",)),
    Section("How to prune climbing roses", ("What you need",), ("how to prune climbing roses",)),
    Section("Best secateurs for roses", (), ("best secateurs for roses",)),
    Section("Questions readers also ask", ("Do roses need pruning?",), ("do roses need pruning",)),
)
JOB = Assignment(
    "When to Prune Roses: The Right Moment and How to Tell",
    "when-to-prune-roses",
    "When to prune roses: the right moment, the signs to watch for and what to do if you missed it. With a checklist.",
    "questions",
    "informational",
    "Answer with a date.",
    1000,
    OUTLINE,
    Phrase(1, "when to prune roses", 8100, 14.0),
    (
        Phrase(2, "how to prune climbing roses", 1900, 9.4),
        Phrase(3, "best secateurs for roses", None, None),
        Phrase(4, "do roses need pruning", 70, 2.0),
    ),
    "prune roses",
    "Green Garden",
    links=(Link("Rose Soil", "rose-soil"), Link("Growing Roses", "growing-roses", "pillar")),
)


def soup(job=JOB):
    return BeautifulSoup(write(job).html, "html.parser")


def test_draft_is_a_brief_with_the_planned_headings():
    draft = write(JOB)
    assert draft.kind == "brief"
    assert draft.headings == tuple(section.heading for section in OUTLINE)


def test_every_section_says_what_to_cover_and_how_long():
    for heading in soup().find_all("h3"):
        assert re.search(r"About \d+ words", heading.find_next("p").text)


def test_section_lengths_add_up_to_about_the_target():
    words = [int(n) for n in re.findall(r"About (\d+) words", write(JOB).html)]
    assert 900 <= sum(words) <= 1100


def test_each_keyword_has_a_row_with_figures_and_use():
    rows = [[cell.text for cell in row("td")] for row in soup().find_all("table")[1]("tr")[1:]]
    assert rows[0] == ["when to prune roses", "8,100", "14", "Title, first paragraph, one H2, slug"]
    assert rows[1] == [
        "how to prune climbing roses",
        "1,900",
        "9",
        "H2 of its own, and its first sentence",
    ]
    assert rows[-1][:3] == ["best secateurs for roses", "–", "–"]


def test_brief_shows_ranges_as_ranges():
    steps = replace(JOB.primary, volume=550, volume_low=100, volume_high=1000)
    page = soup(replace(JOB, primary=steps, language="de"))
    assert page.find_all("table")[1].find_all("td")[1].text == "100–1.000"


def test_searched_questions_are_listed_once():
    assert write(JOB).html.count(">Do roses need pruning?<") == 1


def test_a_brief_whose_facts_differ_by_country_asks_for_the_country():
    assert "Country or market" not in soup().text
    salary = replace(JOB, primary=Phrase(1, "paralegal salary"))
    assert "Country or market: ________" in soup(salary).text


def test_the_format_is_called_questions_only_with_a_question_among_the_headings():
    def row(job):
        return next(one.td.text for one in soup(job).find_all("tr") if one.th.text == "Format")

    assert row(JOB) == "Guide"
    asking = (Section("Do roses need pruning?", (), ()), *OUTLINE)
    assert row(replace(JOB, outline=asking)) == "Questions"


def test_pillar_is_the_first_link():
    links = soup().find("h2", string="Internal links").find_next("ul")
    assert [code.text for code in links("code")] == ["/growing-roses", "/rose-soil"]


def test_relevant_sources_are_listed_once():
    sources = (
        Passage("Rose book", f"All about {JOB.primary.text}."),
        Passage("Rose book", f"More about {JOB.primary.text}."),
        Passage("Else", "Bread dough rests overnight."),
    )
    text = soup(replace(JOB, sources=sources)).get_text(" ")
    assert text.count("Rose book") == 1 and "Else" not in text


def test_note_from_the_editor_is_at_the_top():
    assert soup(replace(JOB, note="Too long.")).find("h2").text == "Note from the editor"


def test_checks_name_numbers_and_remedies():
    texts = {check.text: check.ok for check in write(replace(JOB, title="Roses", links=())).checks}
    assert texts["Title 5 characters. Lengthen it to 40–60."] is False
    assert texts["Title without “when to prune roses”. Put it in front."] is False
    assert texts["No internal link planned. Link it when the topic has another page."] is False
    assert texts["3 questions that people search for"] is True


def test_german_slug_comes_from_its_keyword():
    job = replace(JOB, primary=Phrase(1, "gurken düngen"), slug="gurken-duengen", language="de")
    assert any(check.ok and "from the keyword" in check.text for check in write(job).checks)


def test_instruction_follows_the_role_and_not_the_heading():
    outline = (
        Section("Häufige Fehler", role="mistakes"),
        Section("Warning signs", role="warning_signs"),
        Section("When?", ()),
    )
    told = soup(replace(JOB, outline=outline)).find_all("h3")
    texts = [heading.find_next("p").text for heading in told]
    assert (
        "how it was put right" in texts[0]
        and "signs of a bad offer" in texts[1]
        and texts[2].startswith("Keep the promise")
    )


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            [
                "<script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                "{{ 7 * 7 }}",
                "</td><h1>x",
                "&lt;b&gt;",
                "\ud800",
            ]
        ),
    )
)
def test_markup_in_a_keyword_stays_text(text):
    section = Section(text, (text,), (text,))
    job = replace(
        JOB,
        title=text,
        primary=Phrase(1, text),
        outline=(section,),
        note=text,
        angle=text,
        cluster="c",
        meta_description=text,
        links=(Link(text, "slug"),),
    )
    page = soup(job)
    assert not page.find(["h1", "script", "img"])
    assert [h.name for h in page.find_all(["h2", "h3"])].count("h3") == 1


def test_empty_outline_is_no_error():
    assert write(replace(JOB, outline=(), secondary=(), links=())).headings == ()


def test_clean_keeps_structure_and_removes_unsafe_markup():
    dirty = '<h2 onclick="x()">A</h2><p><a href="javascript:x()">b</a><a href="https://e.org">c</a></p><style>d</style>'
    assert clean(dirty) == (
        '<h2>A</h2><p><a rel="noopener noreferrer">b</a>'
        '<a href="https://e.org" rel="noopener noreferrer">c</a></p>'
    )


def test_brief_names_a_live_page_with_its_address_and_why():
    live = Link("Rose Care", "rose-care", "live", "https://example.com/rose-care", "roses", 0.724)
    page = soup(replace(JOB, links=(live, *JOB.links)))
    lines = [line.text for line in page.find_all("li") if "Ros" in line.text and "/" in line.text]
    assert [line.partition(" (")[0] for line in lines] == [
        "Growing Roses",
        "Rose Soil",
        "Rose Care",
    ]
    assert "https://example.com/rose-care" in lines[-1] and lines[-1].endswith("roses (0.72)")
