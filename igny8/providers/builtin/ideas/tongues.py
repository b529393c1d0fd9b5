"""The few words that other languages need: endings of titles, headings, one line of description.

A language that is not here gets its keywords and neutral punctuation, never English filler.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    """Wording of one language; `{k}` stands for the keyword."""

    endings: tuple[str, ...]
    headings: tuple[str, ...]
    meta: tuple[str, ...]


TONGUES = {
    "de": Tongue(
        ("Ratgeber", "die besten Tipps", "Tipps und Ratgeber", "das Wichtigste im Überblick",
         "Tipps, Ablauf und häufige Fehler", "worauf es ankommt und was Sie wissen sollten"),
        ("Das Wichtigste in Kürze", "Worauf es ankommt", "Schritt für Schritt", "Häufige Fehler", "Häufige Fragen"),
        ("{k}: das Wichtigste verständlich erklärt.", "Mit praktischen Tipps, häufigen Fehlern und klaren Antworten.",
         "Der Ratgeber zum schnellen Nachlesen.")),
    "fr": Tongue(
        ("guide", "nos conseils", "guide et conseils", "l’essentiel à savoir", "conseils, étapes et erreurs à éviter",
         "tout ce qu’il faut savoir avant de commencer"),
        ("L’essentiel en bref", "Ce qui compte vraiment", "Étape par étape", "Les erreurs à éviter",
         "Questions fréquentes"),
        ("{k} : l’essentiel expliqué simplement.", "Conseils pratiques, erreurs à éviter et réponses claires.",
         "Un guide à garder sous la main.")),
    "es": Tongue(
        ("guía", "consejos", "guía y consejos", "lo que debes saber", "consejos, pasos y errores comunes",
         "todo lo que debes saber antes de empezar"),
        ("Lo esencial en breve", "Lo que realmente importa", "Paso a paso", "Errores comunes", "Preguntas frecuentes"),
        ("{k}: lo esencial explicado con claridad.", "Consejos prácticos, errores comunes y respuestas claras.",
         "Una guía para consultar siempre.")),
    "it": Tongue(
        ("guida", "consigli", "guida e consigli", "quello che c’è da sapere", "consigli, passaggi ed errori da evitare",
         "tutto quello che c’è da sapere per iniziare"),
        ("L’essenziale in breve", "Che cosa conta davvero", "Passo dopo passo", "Errori da evitare",
         "Domande frequenti"),
        ("{k}: l’essenziale spiegato con chiarezza.", "Consigli pratici, errori da evitare e risposte chiare.",
         "Una guida da tenere a portata di mano.")),
    "nl": Tongue(
        ("gids", "de beste tips", "gids en tips", "alles wat u moet weten", "tips, stappen en veelgemaakte fouten",
         "alles wat u moet weten voordat u begint"),
        ("Het belangrijkste in het kort", "Waar het op aankomt", "Stap voor stap", "Veelgemaakte fouten",
         "Veelgestelde vragen"),
        ("{k}: het belangrijkste helder uitgelegd.",
         "Met praktische tips, veelgemaakte fouten en duidelijke antwoorden.",
         "Een gids om bij de hand te houden.")),
    "pt": Tongue(
        ("guia", "dicas", "guia e dicas", "o que é preciso saber", "dicas, passos e erros a evitar",
         "tudo o que é preciso saber antes de começar"),
        ("O essencial em resumo", "O que realmente importa", "Passo a passo", "Erros a evitar", "Perguntas frequentes"),
        ("{k}: o essencial explicado com clareza.", "Dicas práticas, erros a evitar e respostas claras.",
         "Um guia para consultar sempre.")),
}
