"""German."""

MARKS = r"""
local: \b(in der nähe|in meiner nähe|in der umgebung|öffnungszeiten|anfahrt)\b
comparison: \b(vs|versus|unterschiede?|vergleich mit|im vergleich|oder)\b
timing: ^(ab |bis )?wann\b|\b(zeitpunkt|beste zeit|uhrzeit|aussaatkalender|kalender|monat)\b
cost: \b(kosten|kostet|preise?|preisliste|was kostet|günstig|billig)\b
list: ^\w+(freundliche|harte|feste|tolerante) \w+$
how-to: \b(anleitung|selber|selbst|schritt für schritt|rezept|tutorial|wie (kann|macht|baut|geht|mache|repariert))\b|^\S+ (bauen|anlegen|reinigen|reparieren|schneiden|pflanzen|säen|gießen|düngen|vermehren|umtopfen|befüllen|bepflanzen|ausgeizen|vertikutieren|mähen)$
problem: \b(krankheit(en)?|gelbe|braune|welke|schädlinge?|blattläuse|schnecken|schimmel|mehltau|braunfäule|fäule|bekämpfen|entfernen|loswerden|defekt|kaputt|geht nicht|funktioniert nicht|probleme?|ursachen?|hilft gegen)\b
review: \b(erfahrung(en)?|vorteile|nachteile|bewertung(en)?)\b
list: \b(beste[nrsm]?|test|testsieger|vergleich|top|ideen|arten|sorten|beispiele|liste|geschenke)\b
glossary: ^was (ist|sind|bedeutet)\b|\b(bedeutung|definition)\b
yesno: ^(ist|sind|kann|darf|muss|soll|sollte|braucht|hilft)\b
questions: ^(wie|was|warum|wieso|welche[rsmn]?|wo|wer|womit|woher)\b
buying: \b(kaufen|bestellen|online|shop|angebote?)\b
"""
ENDINGS = """
guide: der Ratgeber | Tipps und Ratgeber | das Wichtigste im Überblick | worauf es wirklich ankommt | was Sie wissen und beachten sollten
how-to: so geht’s | so geht es Schritt für Schritt | Anleitung in klaren Schritten | Schritte, Material und häufige Fehler | Schritt für Schritt, mit den häufigsten Fehlern
timing: der beste Zeitpunkt | der richtige Zeitpunkt | woran Sie die richtige Zeit erkennen | der richtige Zeitpunkt und typische Fehler
questions: die Antwort | kurz beantwortet | die Antwort mit Begründung | die kurze Antwort und die Gründe | die Antwort und was davon abhängt
yesno: ja oder nein? | die kurze Antwort | die Antwort und die Ausnahmen | kurz beantwortet, mit Gründen und Ausnahmen
list: unsere Auswahl | die beste Wahl | Auswahl und Kriterien | Auswahl und Tipps zur Entscheidung | die Auswahl und wie Sie richtig wählen
comparison: der Vergleich | die Unterschiede | Unterschiede und Empfehlung | was für wen die bessere Wahl ist | Unterschiede, Kosten und die bessere Wahl
review: ehrlich betrachtet | Stärken und Schwächen | Stärken, Schwächen und Fazit | lohnt es sich, und für wen?
cost: womit Sie rechnen | Preise und Spartipps | womit Sie rechnen müssen | was den Preis bestimmt und wie Sie sparen
buying: die Kaufberatung | worauf Sie achten sollten | Kaufberatung mit Preisen | was vor dem Kauf zu prüfen ist | worauf es beim Kauf wirklich ankommt
problem: Ursachen und Hilfe | erkennen und handeln | Ursachen, Abhilfe und Vorbeugung | erkennen, beheben und vorbeugen | Ursachen finden und das Problem beheben
glossary: einfach erklärt | Bedeutung und Beispiele | einfach erklärt, mit Beispielen | Bedeutung, Nutzen und typische Verwechslungen
local: so wählen Sie aus | worauf Sie achten sollten | Auswahl, Kosten und gute Fragen
"""
HEADINGS = """
answer: Die kurze Antwort
basics: Worauf es ankommt
start: So fangen Sie an
mistakes: Häufige Fehler
questions: Häufige Fragen
need: Was Sie brauchen
time: Der richtige Zeitpunkt
steps: Schritt für Schritt
signs: Woran Sie den richtigen Zeitpunkt erkennen
limits: Was zu früh oder zu spät passiert
depends: Wovon es abhängt
do: Was jetzt zu tun ist
glance: Unsere Auswahl im Überblick
criteria: Worauf Sie bei der Auswahl achten
entries: Die Auswahl im Einzelnen
compare: Die Unterschiede im direkten Vergleich
who: Was für wen passt
good: Was dafür spricht
bad: Was dagegen spricht
cost: Was es kostet
alternatives: Gute Alternativen
drivers: Was den Preis bestimmt
save: Wo Sie sparen können
types: Die wichtigsten Arten im Vergleich
looks: So erkennen Sie es
causes: Die wahrscheinlichsten Ursachen
fix: Was jetzt hilft
prevent: So beugen Sie vor
define: Kurz erklärt
practice: Wie es in der Praxis funktioniert
mixup: Womit es oft verwechselt wird
offers: So vergleichen Sie Angebote vor Ort
asks: Fragen vor der Entscheidung
warn: Woran Sie schlechte Angebote erkennen
related: Verwandte Themen
"""
META = """
{k}: das Wichtigste verständlich erklärt.
Mit praktischen Tipps, häufigen Fehlern und klaren Antworten.
Zum schnellen Nachlesen.
"""
