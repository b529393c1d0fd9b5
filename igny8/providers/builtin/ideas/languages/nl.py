"""Dutch."""

MARKS = r"""
local: \b(in de buurt|bij mij in de buurt|openingstijden)\b
comparison: \b(vs|versus|verschil|verschillen|of)\b
timing: ^wanneer\b|\b(beste tijd|juiste moment|beste moment|kalender|welke maand)\b
cost: \b(prijs|prijzen|kosten|wat kost|hoeveel kost|goedkope?|tarief|tarieven)\b
how-to: \b(zelf maken|zelf bouwen|stappenplan|stap voor stap|recept|handleiding)\b|^hoe (maak|bouw|plant|snoei|zaai|kies|repareer|verzorg)\b|^\S+ (snoeien|planten|zaaien|bouwen|maken|schoonmaken|repareren|bemesten)$
problem: \b(ziektes?|ziekten|gele bladeren|bladluis|bladluizen|slakken|schimmel|ongedierte|verwijderen|bestrijden|werkt niet|kapot|lekkage|problemen|oorzaken|oorzaak)\b
review: \b(ervaringen|ervaring|review|reviews|voordelen|nadelen)\b
list: \b(beste|top|test|ideeën|soorten|voorbeelden|lijst|cadeaus?|vergelijken)\b
glossary: ^wat (is|zijn|betekent)\b|\b(betekenis|definitie)\b
yesno: ^(is|zijn|kan|mag|moet|kun|helpt)\b
questions: ^(hoe|wat|waarom|welke|welk|waar|wie|hoeveel|hoe vaak)\b
buying: \b(kopen|bestellen|online|aanbieding|winkel)\b
"""
ENDINGS = """
guide: de gids | gids en tips | alles wat u moet weten | waar het echt op aankomt | het belangrijkste en de valkuilen
how-to: zo doet u dat | het stappenplan | stappen, materiaal en tips | stap voor stap, met de veelgemaakte fouten
timing: het beste moment | de juiste tijd | het juiste moment en de signalen | het beste moment en veelgemaakte fouten
questions: het antwoord | kort beantwoord | het korte antwoord en de redenen | het antwoord en waar het van afhangt
yesno: ja of nee? | het korte antwoord | het antwoord en de uitzonderingen
list: onze selectie | de beste keuzes | selectie en criteria | onze selectie en hoe u goed kiest
comparison: de vergelijking | de verschillen | verschillen en advies | verschillen, kosten en de beste keuze
review: eerlijk bekeken | plus- en minpunten | pluspunten, minpunten en oordeel
cost: waar u op rekent | prijzen en besparen | wat de prijs bepaalt | wat u betaalt en hoe u bespaart
buying: koopgids | waar u op let | koopgids met prijzen | wat u controleert voor u koopt
problem: oorzaak en aanpak | wat te doen | oorzaken, aanpak en preventie | de oorzaak vinden en oplossen
glossary: uitleg | betekenis en voorbeelden | eenvoudig uitgelegd, met voorbeelden
local: zo kiest u goed | keuze, kosten en goede vragen | hoe u kiest en wat u vraagt
"""
HEADINGS = """
answer: Het korte antwoord
basics: Waar het op aankomt
start: Zo begint u
mistakes: Veelgemaakte fouten
questions: Veelgestelde vragen
need: Wat u nodig hebt
time: Het juiste moment
steps: Stap voor stap
signs: Zo herkent u het juiste moment
limits: Wat er te vroeg of te laat gebeurt
depends: Waar het van afhangt
do: Wat u nu doet
glance: Onze selectie in één oogopslag
criteria: Waar u op let bij het kiezen
entries: De selectie in detail
compare: De verschillen punt voor punt
who: Wat voor wie past
good: De pluspunten
bad: De minpunten
cost: Wat het kost
alternatives: Goede alternatieven
drivers: Wat de prijs bepaalt
save: Zo bespaart u
types: De belangrijkste soorten vergeleken
looks: Zo herkent u het
causes: De meest waarschijnlijke oorzaken
fix: Wat helpt
prevent: Zo voorkomt u het
define: Kort uitgelegd
practice: Hoe het in de praktijk werkt
mixup: Waarmee het vaak wordt verward
offers: Zo vergelijkt u aanbod in de buurt
asks: Vragen voor u beslist
warn: Waarschuwingssignalen
related: Verwante onderwerpen
"""
META = """
{k}: het belangrijkste helder uitgelegd.
Met praktische tips, veelgemaakte fouten en duidelijke antwoorden.
Een gids om bij de hand te houden.
"""
