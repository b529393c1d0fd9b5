"""The words of other languages: which voice a keyword has, endings of titles, headings, a description.

A language that is not here gets its keywords and neutral punctuation, never English filler.
"""

from igny8.providers.builtin.ideas.languages import de, es, fr, it, nl, pt
from igny8.providers.builtin.ideas.languages.language import LanguageWording

LANGUAGES: dict[str, LanguageWording] = {
    one.__name__.rsplit(".", 1)[-1]: LanguageWording.of(one) for one in (de, es, fr, it, nl, pt)
}
