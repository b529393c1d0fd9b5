"""What descriptions say to the searcher, and what briefs say once."""

import re

import pytest

from igny8.providers.builtin.wording import LANGUAGES, load_pack

FIRST_PERSON = {
    "de": r"\b(ich|mir|mich|mein\w*)\b|·",
    "en": r"\b(I|me|my|mine|myself)\b",
    "es": r"\b(me|mis?|mía)\b|\b(hago|necesito|veo|pago|puedo|pruebo|llamo|pregunto|elijo)\b",
    "fr": r"\b(je|moi|me|mon|ma|mes)\b",
    "it": r"\b(mi|me|mi[oa])\b|\b(faccio|vedo|pago|posso|devo|chiamo|chiedo|prendo)\b",
    "nl": r"\b(ik|mij|mijn)\b",
    "pt": r"\b(me|mim|meu|minha)\b|\b(faço|vejo|pago|posso|preciso|chamo|pergunto)\b",
}
CLAIMS = re.compile(
    r"checked|up to date|geprüft|vérifié|revisada|controllat|gecontroleerd|verificad"
)


@pytest.mark.parametrize("language", sorted(FIRST_PERSON))
def test_no_question_of_a_plan_keeps_the_first_person_in_descriptions(language):
    pack = load_pack(language)
    for plan in pack.plans:
        asked = pack.addressed(plan.question)
        assert not re.search(FIRST_PERSON[language], asked), (plan.name, asked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_claim_no_checking_that_nobody_did(language):
    pack = load_pack(language)
    assert not [line for line in (*pack.meta, *pack.meta_ends) if CLAIMS.search(line)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_words_of_a_brief_repeat_the_length_of_the_answer(language):
    pack = load_pack(language)
    counted = [name for name, text in pack.brief.items() if re.search(r"40\D{1,4}60", text)]
    assert counted in (["answer_all"], [])
