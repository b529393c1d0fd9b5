"""Flag subjects on which a wrong statement can harm: health, money and law."""

import re

from igny8.providers.base import Check

# Word stems of a subject, in the languages of most sites; a title or keyword with one is flagged.
STEMS = {
    "health": (
        r"symptom\w*|disease\w*|diagnos\w+|medication\w*|medicine\w*|dosage\w*|side effects?|"
        r"cancer|diabet\w+|blood pressure|pregnan\w+|depress(?:ion|ive|ed)|vaccin\w+|antibiotic\w*|"
        r"krankheit\w*|medikament\w*|nebenwirkung\w*|krebs|schwanger\w*|bluthochdruck|impfung\w*|"
        r"maladie\w*|médicament\w*|grossesse|síntoma\w*|enfermedad\w*|medicamento\w*|embarazo|"
        r"sintom[io]|malatti[ae]|farmac[io]|gravidanza|zwangerschap|geneesmiddel\w*|doença\w*"
    ),
    "money": (
        r"mortgages?|loans?|credit scores?|invest(?:ing|ments?|or)?|stocks?|retirement|pensions?|"
        r"insurance|tax(?:es)?|bankruptcy|crypto\w*|hypothek\w*|kredit\w*|rente|steuer\w*|"
        r"versicherung\w*|aktien|hypothèque|impôts?|assurance|retraite|hipoteca|impuestos?|"
        r"inversi[oó]n|mutuo|tasse|pensione|belasting\w*|pensioen|impostos?"
    ),
    "law": (
        r"lawsuits?|lawyers?|attorneys?|legal(?:ly)?|divorces?|custody|inheritance|contracts?|"
        r"tenancy|evictions?|scheidung|sorgerecht|erbrecht|mietrecht|kündigungsfrist|anwalt\w*|"
        r"avocat\w*|divorce|héritage|abogad[oa]s?|divorcio|herencia|avvocat[oi]|divorzio|advocaat"
    ),
}
CJK_STEMS = {
    "health": ("症状", "病気", "副作用", "治療", "妊娠", "薬"),
    "money": ("ローン", "税金", "投資", "保険", "年金"),
    "law": ("離婚", "弁護士", "相続", "法律"),
}
PATTERNS = {
    subject: re.compile(rf"\b(?:{stems})\b|{'|'.join(CJK_STEMS[subject])}", re.IGNORECASE)
    for subject, stems in STEMS.items()
}
REVIEWED_BY = re.compile(
    r"(?:(?:reviewed|checked|verified) by|geprüft von|fachlich geprüft|relu par|vérifié par|"
    r"revisado por|verificado por|revisionato da|controllato da|gecontroleerd door)"
    r"\s+(?-i:[^\W\d_a-z])|監修",
    re.IGNORECASE,
)


def sensitive_subject(*texts: str) -> str | None:
    """Return "health", "money" or "law" if a title or keyword names such a subject."""
    whole = " ".join(texts)
    return next((subject for subject, found in PATTERNS.items() if found.search(whole)), None)


def check_sensitive(title: str, keyword: str, text: str) -> Check:
    """Check that a page on health, money or law names the person who reviewed it."""
    subject = sensitive_subject(title, keyword)
    if subject is None:
        return Check(True, "Not about health, money or law")
    if REVIEWED_BY.search(text):
        return Check(True, f"About {subject}, and it names who reviewed it")
    return Check(
        False,
        f"This page is about {subject}. Let somebody who knows the subject review it, and name "
        "them, for example “Reviewed by” with name and profession.",
    )
