"""Italian."""

MARKS = r"""
local: \b(vicino a me|nelle vicinanze|in zona|orari)\b
comparison: \b(vs|versus|differenz[ae])\b|^\S+( \S+)? o \S+( \S+)?$
timing: ^quando\b|\b(periodo migliore|momento migliore|calendario|che mese)\b
cost: \b(prezz[oi]|cost[oi]|quanto costa|quanto costano|tariff[ae]|economic[oi])\b
how-to: ^come (fare|costruire|piantare|potare|pulire|riparare|seminare|annaffiare|installare|coltivare|scegliere|curare)\b|\b(passo passo|tutorial|ricetta|fai da te)\b|^(potare|piantare|seminare|costruire|pulire|riparare)\b
problem: \b(malatti[ae]|foglie gialle|parassiti|afidi|lumache|muffa|funghi|non funziona|guast[oi]|perdita|eliminare|togliere|problem[ai]|cause)\b
review: \b(recension[ei]|opinioni|vantaggi|svantaggi)\b
list: \b(miglior[ei]?|top|idee|tipi|varietà|esempi|lista|elenco|regali)\b
glossary: ^(che )?(cos'è|cosa è|cosa sono|cosa significa)\b|\b(definizione|significato)\b
yesno: ^(si può|bisogna|è vero|fa bene|fa male)\b
questions: ^(come|perché|quale|quali|dove|quanto|quanta|ogni quanto|cosa|che)\b
buying: \b(comprare|acquistare|online|offert[ae]|negozio)\b
"""
ENDINGS = """
guide: guida | guida e consigli | quello che c’è da sapere | che cosa conta davvero | l’essenziale e gli errori da evitare
how-to: come si fa | la guida passo dopo passo | passaggi, materiali e consigli | passo dopo passo, con gli errori da evitare
timing: il momento giusto | il periodo migliore | il momento giusto e i segnali | il periodo migliore e gli errori da evitare
questions: la risposta | la risposta chiara | la risposta breve e i motivi | la risposta e da che cosa dipende
yesno: sì o no? | la risposta breve | la risposta e le eccezioni
list: la nostra selezione | le scelte migliori | selezione e criteri | la nostra selezione e come scegliere
comparison: il confronto | le differenze | differenze e verdetto | differenze, costi e scelta migliore
review: il verdetto | pregi e difetti | pregi, difetti e verdetto
cost: quanto si paga | prezzi e risparmio | che cosa incide sul prezzo | quanto si paga e come risparmiare
buying: guida all’acquisto | come scegliere bene | guida all’acquisto e ai prezzi | che cosa controllare prima di comprare
problem: cause e rimedi | che cosa fare | cause, rimedi e prevenzione | come trovare la causa e rimediare
glossary: definizione | significato ed esempi | definizione semplice con esempi
local: come scegliere | scelta, prezzi e domande | come scegliere e che cosa chiedere
"""
HEADINGS = """
answer: La risposta breve
basics: Che cosa conta davvero
start: Da dove cominciare
mistakes: Errori da evitare
questions: Domande frequenti
need: Che cosa serve
time: Il momento giusto
steps: Passo dopo passo
signs: Come riconoscere il momento giusto
limits: Che cosa succede troppo presto o troppo tardi
depends: Da che cosa dipende
do: Che cosa fare adesso
glance: La nostra selezione in sintesi
criteria: I criteri di scelta
entries: La selezione in dettaglio
compare: Le differenze punto per punto
who: Quale scelta per chi
good: I pregi
bad: I difetti
cost: Quanto costa
alternatives: Le alternative
drivers: Che cosa incide sul prezzo
save: Come risparmiare
types: I tipi principali a confronto
looks: Come riconoscerlo
causes: Le cause più probabili
fix: Come rimediare
prevent: Come prevenirlo
define: Definizione
practice: Come funziona in pratica
mixup: Con che cosa si confonde spesso
offers: Come confrontare le offerte in zona
asks: Domande prima di decidere
warn: Segnali d’allarme
related: Argomenti collegati
"""
META = """
{k}: l’essenziale spiegato con chiarezza.
Consigli pratici, errori da evitare e risposte chiare.
Una guida da tenere a portata di mano.
"""
