"""Find figures without a source (a fact of the site or a citation), and outdated years."""

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup

from igny8 import clock
from igny8.providers.base import Check, Citation, Draft
from igny8.providers.checks.blocks import Block, prose, quote, read_blocks
from igny8.providers.checks.citations import MARK, is_supported, without_source_list
from igny8.providers.checks.numbers import known_numbers, stated_numbers

# Figures that claim something about the world; measures (125 g, 16 hours) claim nothing.
PERCENT = re.compile(
    r"(?<![\w.,])(?!100\b)\d+(?:[.,]\d+)?\s?"
    r"(?:%|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b|per cento\b|procent\b)",
    re.IGNORECASE,
)
# What makes a claim about the world of a percentage.
PERCENT_CONTEXT = re.compile(
    r"\b(?:fell|rose|grew|grow|increas|decreas|dropp|declin|reduc|cut|sav|improv|boost|surg|climb|"
    r"account|report|average|market|sales|prices?|studies|study|survey|research|people|users|"
    r"customers|adults|women|men|households|companies|businesses|patients|owners|buyers|readers|"
    r"gestiegen|gesunken|steiger|senk|menschen|kunden|augment|baiss|aument|reduj|prezzi|precios|prix)"
    r"|\b(?:in|by|since|until|seit|bis|en|depuis|desde|nel) (?:19|20)\d\d\b",
    re.IGNORECASE,
)
PEOPLE = (
    "people|users|customers|adults|women|men|households|companies|businesses|patients|students|"
    "readers|buyers|participants|menschen|kunden"
)
CLAIM = re.compile(
    "|".join(
        (
            r"\b\d+(?:[.,]\d+)?\s?(?:million|billion|trillion|millionen|milliarden|millions|milliards|"
            r"millones|milioni|miljoen)\b",
            r"\b(?:one|two|three|four|five|six|seven|eight|nine|\d+) (?:in|out of|of|von) "
            r"(?:every )?"
            rf"(?:two|three|four|five|ten|\d+) (?:{PEOPLE})",
            rf"\b\d{{1,3}}(?:,\d{{3}})+ (?:{PEOPLE}|studies)",
            r"\b(?:studies|study|research|surveys?|statistics|trials?|scientists|researchers|"
            r"experts) (?:\w+ ){0,4}?(?:shows?|showed|found|finds|suggests?|reveals?|revealed|"
            r"proves?|proved|indicates?|say|agree)\b",
            r"\baccording to (?:an? |the )?(?:\d{4} )?(?:recent |new )?"
            r"(?:study|survey|report|research|studies|experts)",
            r"\b(?:studien|untersuchungen|forscher) (?:\w+ ){0,3}?"
            r"(?:zeigen|belegen|beweisen|ergeben)",
            r"\b\d+(?:[.,]\d+)? times (?:more|less|as|faster|better|higher|likelier)\b",
        )
    ),
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<![\d.,€$£-])(20[0-4]\d)(?![\d%]|\s?(?:g|kg|ml|words|people)\b)")
NOW_WORDS = re.compile(
    r"\b(?:as of|updated|latest|current(?:ly)?|this year|right now|these days|stand|aktuell\w*|"
    r"neueste\w*|derzeit|actuel\w*|actualmente|attuale|momenteel)\b",
    re.IGNORECASE,
)
MAX_AGE_YEARS = 1
FACTS = Citation("", "", ())  # stands for the site's own facts


@dataclass(frozen=True, slots=True)
class Ground:
    """What supports claims: the site's facts and the sources that an article cites."""

    facts: str
    citations: tuple[Citation, ...] = ()
    language: str = "en"

    def find(self, sentence: str, claim: str) -> Citation | None:
        """Return the source of a claim in a sentence, cut to the passage; None if unsupported.

        The result is FACTS if a fact of the site supports it.
        """
        numbers = stated_numbers(claim)
        if numbers and numbers <= known_numbers(self.facts):
            return FACTS
        stated = claim if numbers else MARK.sub("", sentence)
        for number in map(int, MARK.findall(sentence)):
            for cited in self.citations[number - 1 : number] if number else ():
                for passage in cited.passages:
                    if is_supported(stated, (passage,), self.language):
                        return Citation(cited.title, cited.address, (passage,))
        return None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with a figure or a study, its place, and what supports its figures."""

    sentence: str
    place: str
    is_sourced: bool
    sources: tuple[Citation, ...] = ()


def check_numbers(blocks: tuple[Block, ...], ground: Ground) -> Check:
    """Check that facts or sources support the figures of claims; name the first that has none."""
    unsourced = [claim for claim in _claims(blocks, ground) if not claim.is_sourced]
    if not unsourced:
        return Check(True, "No figure or study without a source")
    count = len(unsourced)
    return Check(
        False,
        f"{count} {'claim has' if count == 1 else 'claims have'} no source in the site's facts, "
        f"first {unsourced[0].place}: “{quote(unsourced[0].sentence)}”. Add the source, or take "
        "the figure out.",
    )


def list_claims(html: str, ground: Ground) -> list[Claim]:
    """Return the claims of an article in order."""
    page = without_source_list(BeautifulSoup(html, "html.parser"))
    return _claims(read_blocks(page), ground)


def _claims(blocks: tuple[Block, ...], ground: Ground) -> list[Claim]:
    found: list[Claim] = []
    for block in prose(blocks):
        for sentence in block.sentences:
            sources = [ground.find(sentence, claim) for claim in claims_of(sentence)]
            cited = tuple(dict.fromkeys(s for s in sources if s is not None and s is not FACTS))
            if sources:
                found.append(Claim(sentence, block.place, None not in sources, cited))
    return found


def claims_of(sentence: str) -> list[str]:
    """Return the claims of a sentence that need a source: figures about the world, and studies."""
    sentence = MARK.sub("", sentence)
    claims = [found[0] for found in CLAIM.finditer(sentence)]
    if PERCENT_CONTEXT.search(sentence):
        claims += [found[0] for found in PERCENT.finditer(sentence)]
    return claims


def check_years(blocks: tuple[Block, ...], draft: Draft) -> Check:
    """Check titles, headings and sentences for past years presented as the current one."""
    now = clock.now().year
    places = [
        ("in the title", draft.title, True),
        ("in the description", draft.meta_description, True),
    ]
    places += [("in a heading", b.text, True) for b in blocks if b.is_heading]
    places += [(b.place, s, False) for b in prose(blocks) for s in b.sentences]
    for place, text, is_strict in places:
        for year in map(int, YEAR.findall(text)):
            if year < now - MAX_AGE_YEARS and (is_strict or NOW_WORDS.search(text)):
                return Check(
                    False,
                    f"The year {year} has passed {place}: “{quote(text)}”. Bring it up to date.",
                )
    return Check(True, "No year that has passed")
