"""Severity and purpose of each kind of check, in a sentence for reviewers."""

from dataclasses import replace

from igny8.providers.base import Check

ERROR, WARNING = "error", "warning"  # an error is seen by every reader of the page
_ERRORS = {
    "repeated_headings": "Two parts with one title look like a copy, and readers skip both.",
    "repeated_sentences": "A sentence that comes twice looks machine-made.",
    "repeated_paragraphs": "A paragraph that comes twice looks machine-made.",
    "repeated_parts": "Two parts that say the same give the reader nothing new.",
    "unfinished_sentences": "A sentence without an end was cut off, and something is missing.",
    "empty_parts": "A heading with nothing below it disappoints who followed it.",
    "leaks": "Words meant for the machine tell readers that nobody read the text.",
    "markup": "Signs of the markup stand in the text as letters.",
    "language": "Readers and search engines expect one language on a page.",
    "unsourced_claims": "A figure that nobody can check may be invented.",
    "citations": "A mark whose source does not say it misleads readers who check.",
    "past_years": "A year that has passed tells readers that the page is old.",
}
_WARNINGS = {
    "length": "The plan was made from what the question needs.",
    "title_length": "Short titles waste room; long ones are cut in search results.",
    "title_width": "Search results cut titles by pixels, not by letters.",
    "description_length": "The description is the advertisement of the page in search results.",
    "description_width": "Search results cut descriptions by pixels, not by letters.",
    "keyword_in_title": "People look in the title for what they searched.",
    "keyword_in_description": "Search results print the searched words in bold.",
    "keyword_in_slug": "The address shows what the page is about, also where it is shared.",
    "keyword_early": "Readers decide in the first lines whether they are in the right place.",
    "keyword_in_headings": "Headings tell what each part answers; repetitions tell nothing.",
    "keyword_density": "Too seldom is unclear; too often reads like a machine.",
    "keyword_distribution": "A page should stay with its subject to its end.",
    "competing_links": "A link with this keyword says that another page has the answer.",
    "secondary_keywords": "They are the other words in which people ask this question.",
    "heading_levels": "Screen readers and search engines read the outline from headings.",
    "single_title": "The page has its title already; a second one confuses its outline.",
    "internal_links": "Links lead readers on, and tell search engines how pages belong together.",
    "paragraph_length": "Long paragraphs are not read on a phone.",
    "sentence_starts": "Sentences that all begin alike are monotonous.",
    "sensitive_topic": "A wrong sentence on health, money or law does harm; a name can be asked.",
    "stock_phrases": "Everybody's phrases tell readers that nobody in particular wrote this.",
    "sentence_length": "Long sentences have to be read twice.",
    "part_length": "Headings let readers find what they came for.",
    "connecting_words": "Words such as “because” and “however” show how thoughts belong together.",
    "passive_voice": "Sentences that say who does something are shorter and clearer.",
    "flesch": "It estimates from words and syllables how much effort a text takes.",
}
REASONS = {kind: (ERROR, why) for kind, why in _ERRORS.items()} | {
    kind: (WARNING, why) for kind, why in _WARNINGS.items()
}


def explained(kind: str, check: Check) -> Check:
    """Return the check with its kind, its severity and its purpose."""
    severity, why = REASONS[kind]
    return replace(check, kind=kind, severity=severity, why=why)
