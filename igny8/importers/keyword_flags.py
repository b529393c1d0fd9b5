"""Flag keywords that a person should check: brands, health, law, adult content."""

import re

FLAGS = {
    "adult": "Adult topic",
    "medical": "Medical topic",
    "legal": "Legal topic",
    "brand": "Brand or login of others",
    "no topic": "No topic of its own",
    "number": "A number alone",
}
# For texts in lower case: case-insensitive patterns take three times as long.
_WORDS = {
    "adult": r"porn\w*|xxx|sex(?!t)\w*|nude|nudes|naked|erotic\w*|escort|escorts|hentai|onlyfans"
    r"|milf|fetish|camgirl\w*|sexe|sexo|pornografi\w*|эротик\w*|порно\w*|секс\w*",
    "medical": r"symptoms?|treatments?|dosage|side effects?|disease|cancer|diabetes|tumou?r"
    r"|medication|medicine|overdose|diagnosis|prescription|antibiotics?|vaccine|infection"
    r"|chemotherapy|symptome?|behandlung|krankheit|krebs|nebenwirkung(?:en)?|medikamente?|diagnose"
    r"|symptômes?|traitement|maladie|médicaments?|effets secondaires|síntomas?|tratamiento"
    r"|enfermedad|cáncer|medicamentos?|sintomi|malattia|farmaco|sintomas|doença|симптом\w*"
    r"|лечение|болезн\w*|лекарств\w*",
    "legal": r"lawyers?|attorneys?|lawsuit|sue|suing|legal advice|divorce|custody|bankruptcy|felony"
    r"|criminal defen[cs]e|injury claims?|solicitors?|immigration visa|anwalt|rechtsanwalt"
    r"|scheidung|klage|kündigungsschutz|avocat|plainte|abogados?|demanda|divorcio"
    r"|avvocato|divorzio|advogado|divórcio|advocaat|echtscheiding|prawnik|rozwód|адвокат\w*"
    r"|юрист\w*|развод\w*",
    "brand": r"log ?in|sign ?in|log ?on|customer service|phone number|contact number|opening hours"
    r"|official (?:site|website)|my account|einloggen|kundenservice|connexion"
    r"|se connecter|iniciar sesión|accedi|entrar|inloggen|zaloguj|logowanie|войти|вход",
}
_SIGNS = {  # of languages that are written without blanks
    "adult": "アダルト|エロ|성인용품|色情|成人影片",
    "medical": "症状|治療|病気|副作用|증상|치료|症狀|治疗|治療",
    "legal": "弁護士|離婚|변호사|이혼|律师|律師|离婚",
    "brand": "ログイン|로그인|登录|登入",
}
_NO_TOPIC = re.compile(
    r"^(?:can you|could you|would you|will you|please|show me|tell me|do you know|hey|hello|hi"
    r"|ok google|alexa|siri)\b|^what(?:'s| is) (?:this|that|it)$"
)
_WORDY_FLAGS = [
    (name, re.compile(rf"(?<!\w)(?:{words})(?!\w)|{_SIGNS[name]}"))
    for name, words in _WORDS.items()
]
# few keywords have a flag: one pattern for all of them rules most out in a third of the time
_ANY_WORD = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS.values())})(?!\w)")


def flags_of(text: str, intent: str | None = None) -> str | None:
    """Return the comma-separated FLAGS of a keyword, or None."""
    text = text.lower()
    found = []
    if not text.isascii() or _ANY_WORD.search(text):
        found = [name for name, pattern in _WORDY_FLAGS if pattern.search(text)]
    if _NO_TOPIC.search(text):
        found.append("no topic")
    if text.isdecimal():
        found.append("number")
    if intent == "navigational" and "brand" not in found:
        found.append("brand")
    return ", ".join(found) or None
