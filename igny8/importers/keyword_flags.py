"""Flag keywords that people should look at: brands, health, law, adult content."""

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
_ADULT = re.compile(
    r"\b(?:porn\w*|xxx|sex(?!t)\w*|nude|nudes|naked|erotic\w*|escort|escorts|hentai|onlyfans"
    r"|milf|fetish|camgirl\w*|sexe|sexo|pornografi\w*|эротик\w*|порно\w*|секс\w*)\b"
    r"|アダルト|エロ|성인용품|色情|成人影片"
)
_MEDICAL = re.compile(
    r"\b(?:symptoms?|treatments?|dosage|side effects?|disease|cancer|diabetes|tumou?r|medication"
    r"|medicine|overdose|diagnosis|prescription|antibiotics?|vaccine|infection|chemotherapy"
    r"|symptome?|behandlung|krankheit|krebs|nebenwirkung(?:en)?|medikamente?|diagnose"
    r"|symptômes?|traitement|maladie|médicaments?|effets secondaires|síntomas?|tratamiento"
    r"|enfermedad|cáncer|medicamentos?|sintomi|malattia|farmaco|sintomas|doença|симптом\w*"
    r"|лечение|болезн\w*|лекарств\w*)\b|症状|治療|病気|副作用|증상|치료|症狀|治疗|治療"
)
_LEGAL = re.compile(
    r"\b(?:lawyers?|attorneys?|lawsuit|sue|suing|legal advice|divorce|custody|bankruptcy|felony"
    r"|criminal defen[cs]e|injury claims?|solicitors?|immigration visa|anwalt|rechtsanwalt"
    r"|scheidung|klage|kündigungsschutz|avocat|divorce|plainte|abogados?|demanda|divorcio"
    r"|avvocato|divorzio|advogado|divórcio|advocaat|echtscheiding|prawnik|rozwód|адвокат\w*"
    r"|юрист\w*|развод\w*)\b|弁護士|離婚|변호사|이혼|律师|律師|离婚"
)
_BRAND = re.compile(
    r"\b(?:log ?in|sign ?in|log ?on|customer service|phone number|contact number|opening hours"
    r"|official (?:site|website)|my account|anmelden|einloggen|kundenservice|connexion"
    r"|se connecter|iniciar sesión|accedi|entrar|inloggen|zaloguj|logowanie|войти|вход)\b"
    r"|ログイン|로그인|登录|登入"
)
_NO_TOPIC = re.compile(
    r"^(?:can you|could you|would you|will you|please|show me|tell me|do you know|hey|hello|hi"
    r"|ok google|alexa|siri)\b|^what(?:'s| is) (?:this|that|it)$"
)
_FLAG_PATTERNS = (
    ("adult", _ADULT),
    ("medical", _MEDICAL),
    ("legal", _LEGAL),
    ("brand", _BRAND),
    ("no topic", _NO_TOPIC),
    ("number", re.compile(r"^\d+$")),
)


def flags_of(text: str, intent: str | None = None) -> str | None:
    """Return the FLAGS of a keyword, separated by commas, or None: why a person should check it."""
    text = text.lower()
    found = [name for name, pattern in _FLAG_PATTERNS if pattern.search(text)]
    if intent == "navigational" and "brand" not in found:
        found.append("brand")
    return ", ".join(found) or None
