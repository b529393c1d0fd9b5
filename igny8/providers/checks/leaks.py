"""Find leftovers of generation in a text: instructions, chatter, identifiers, markup."""

import re

from igny8.providers.base import Check, Draft
from igny8.providers.checks.blocks import Block, quote


def _any(*patterns: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("|".join(patterns), flags)


CHATTER = _any(
    r"\bas an? (?:ai|artificial intelligence|(?:large )?language model)\b",
    r"\bi(?:['’]m| am) (?:just )?an? (?:ai|language model)\b",
    r"\bals (?:ki|künstliche intelligenz|(?:ki-|ai-)?sprachmodell|(?:ai-)?taalmodel)\b",
    r"\ben tant qu(?:e|['’]) ?(?:modèle|ia\b|intelligence)",
    r"\bcomo (?:modelo de (?:lenguaje|linguagem)|una? ia\b)",
    r"\bcome (?:modello linguistico|intelligenza artificiale)\b",
    r"\bi(?: am|['’]m) unable to (?:verify|access|browse|provide|fulfil|assist|help)",
    r"\bi (?:cannot|can['’]?t|can not) (?:verify|access|browse|provide|fulfil|assist|help with)",
    r"\bmy (?:knowledge|training) (?:cut-?off|data)\b",
    r"\bi['’]m sorry,? but\b",
    r"^\W*(?:sure|certainly|of course|absolutely|great(?: question)?|okay|ok)[!,.:]\s+"
    r"(?:here|i['’]|let)",
    r"^\W*(?:gerne|natürlich|klar|bien sûr|claro|por supuesto|certo|certamente|natuurlijk)[!,.:]\s+"
    r"(?:hier|voici|aquí|ecco|ich)",
    r"\bhere(?: is|['’]s| are) (?:the|an?|your|my) (?:\w+ ){0,3}"
    r"(?:introduction|section|article|paragraphs?|outline|opening|draft|json)\b",
    r"\bhier ist (?:der|die|das|ein|eine) (?:\w+ ){0,2}(?:einleitung|abschnitt|artikel|absatz)\b",
    r"\bvoici (?:l['’](?:introduction|article)|la section|le paragraphe)\b",
    r"\baquí (?:tienes|está) (?:la|el) (?:introducción|sección|artículo|párrafo)",
    r"\becco (?:l['’](?:introduzione|articolo)|la sezione|il paragrafo)\b",
    r"\b(?:introduction|section|article|paragraph|text|outline) (?:that )?you (?:asked|requested)",
    r"^as requested\b|\bper your request\b|\bi hope this helps\b",
    r"\blet me know if you(?:['’]d| would| need| want| have)\b|\bwould you like me to\b",
    r"\b(?:end|rest) of (?:the )?(?:article|section|response)\b",
    r"\bword count\s*[:=]|\(\s*\d+\s+words\s*\)",
)
INSTRUCTION = _any(
    r"</?data>",
    r"(?:^|[.!?:]\s)you are an? (?:(?:helpful|expert|professional|experienced|seo|senior) )*"
    r"(?:editor|assistant|copywriter|content writer|writer|journalist)\b",
    r"(?:^|[.!?:]\s)write (?:the|an?) (?:part|opening|section|introduction|article|paragraph)\b",
    r"\b(?:about|at most|exactly) \d+ words? in (?:paragraphs|\d)",
    r"\bplain text without markup\b|\bfollow no instruction|\bone json object\b",
    r"\bjson (?:object|schema|format)\b.{0,30}\b(?:answer|nothing else|only)\b",
    r"\bpoints to cover\b|\bdo not repeat what (?:other|was)\b|\bsystem prompt\b",
    r"\b(?:primary|secondary|target) keywords?\s*:|\bkeywords to use\b",
    r"\bparts? (?:before|after|that follow)\s*:",
    r"\bmeta (?:title|description) of (?:at most )?\d|\bexcerpt of at most\b",
    r"^\s*(?:target audience|tone(?: of voice)?|search intent|excerpt)\s*:",
    r"^\s*meta (?:title|description)\s*:",
    r"^\s*(?:system|user|assistant|human)\s*:",
    r"\bensure (?:that )?the (?:article|keyword)\b",
    r"<\|[a-z_]+\|>|</?think(?:ing)?>|\[/?(?:INST|THINK)\]|#{2,3} ?(?:instruction|response)",
)
PLACEHOLDER = _any(
    r"\{\{?[a-zA-Z_][\w .]{0,30}\}?\}|\$\{\w+\}|%\(\w+\)s",
    r"\[(?:insert|your|add|company|brand|product|site|link|image|name|date|city)\b[^\]]{0,60}\]",
    r"<(?:insert|your)\b[^>]{0,40}>",
    r"\blorem ipsum\b|(?-i:\bTODO\b|\bTBD\b|\bXXX+\b)",
)
IDENTIFIER = _any(r"(?<![\w`./@])[a-z0-9]+(?:_[a-z0-9]+){3,}(?![\w`(])")
EMPTY_VALUE = _any(r"^\W*(?:text|string|null|none|undefined|nan|paragraphs?|heading)\W*\d*\W*$")
EMPTY_VALUE_TAGS = ("p", "h2", "h3", "h4", "title")
MARKUP = _any(
    r"(?<![\w*])\*\*[^*\s][^*]{0,200}\*\*(?!\w)",
    r"(?<![\w*])\*[^*\s](?:[^*]{0,120}[^*\s])?\*(?![\w*])",
    r"^\s*#{1,6}\s+\w|^\s*[-*•]\s+\w|^\s*H[1-6]\s*:\s",
    r"!?\[[^\]]{1,200}\]\([^)\s]{1,300}\)|```",
    r"\|\s*:?-{3,}|^\s*\|.+\|.+\|",
    r"&(?:amp|lt|gt|nbsp|quot|#\d+|#x[0-9a-f]+);|\\n(?![a-z])",
)
CITATION = _any(
    r"【[^】]{0,40}】|\[citation needed\]|cite(?:turn|_)|oaicite",
)
REFERENCE = _any(r"(?<=[\w.,;:!?%)])\s?\[\d{1,2}\](?:\s?\[\d{1,2}\])*")
SOURCES_HEADING = _any(r"\b(?:sources?|references?|quellen|sources|fuentes|fonti|bronnen|notes)\b")
HEADING_LABEL = _any(r"^\s*(?:sub)?(?:heading|title)\s*\d*\s*[:：]|^\s*h[1-6]\s*[:：]")
MIN_GLUED_CHARS = 9


def check_leaks(blocks: tuple[Block, ...], draft: Draft, keyword: str) -> Check:
    """Check that the text contains neither instructions nor a model's remarks about itself."""
    glued = "".join(keyword.casefold().split())
    for block in (*_lines(draft), *blocks):
        for pattern, what in (
            (CHATTER, "The model speaks of itself or of its task"),
            (INSTRUCTION, "An instruction to the model is left"),
            (PLACEHOLDER, "A placeholder is left"),
            (IDENTIFIER, "A technical identifier is left"),
        ):
            if found := pattern.search(block.text):
                return _found(what, block, found[0].strip())
        if block.tag in EMPTY_VALUE_TAGS and EMPTY_VALUE.search(block.text):
            return _found("An empty value is left", block, block.text)
        if (
            " " in keyword.strip()
            and len(glued) >= MIN_GLUED_CHARS
            and glued in block.text.casefold()
        ):
            return _found("The keyword is written without spaces", block, glued)
    return Check(True, "No instruction or leftover of a model")


def check_markup(blocks: tuple[Block, ...], draft: Draft) -> Check:
    """Check the text for visible Markdown, entities and citation marks."""
    has_sources = bool(draft.citations) or any(
        b.is_heading and SOURCES_HEADING.search(b.text) for b in blocks
    )
    for block in (*_lines(draft), *blocks):
        if found := MARKUP.search(block.text):
            return _found("Raw markup is left", block, found[0].strip())
        found = CITATION.search(block.text)
        if found or (not has_sources and (found := REFERENCE.search(block.text))):
            return _found("A citation mark without a source is left", block, found[0].strip())
        if block.is_heading and (found := HEADING_LABEL.search(block.text)):
            return _found("A label precedes a heading", block, found[0].strip())
    return Check(True, "No raw markup in the text")


def _lines(draft: Draft) -> tuple[Block, ...]:
    return (
        Block("title", draft.title, heading="the title"),
        Block("title", draft.meta_title, heading="the meta title"),
        Block("title", draft.meta_description, heading="the description"),
    )


def _found(what: str, block: Block, text: str) -> Check:
    place = f"in {block.heading}" if block.tag == "title" else block.place
    if block.is_heading:
        place = "in a heading"
    around = "" if len(text) > 30 else f" (“{quote(block.text)}”)"
    return Check(False, f"{what} {place}: “{quote(text)}”{around}. Take it out.")
