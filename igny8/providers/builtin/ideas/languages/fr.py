"""French."""

MARKS = r"""
local: \b(près de chez moi|près de moi|à proximité|horaires)\b
comparison: \b(vs|versus|différences?|ou bien|comparé à)\b|^\S+( \S+)? ou \S+( \S+)?$
timing: ^(à partir de )?quand\b|\b(quelle période|quel moment|quelle saison|calendrier|quel mois)\b
cost: \b(prix|tarifs?|coûts?|combien coûte|pas chers?|pas chère)\b
how-to: ^comment (faire|fabriquer|construire|planter|tailler|nettoyer|réparer|semer|arroser|installer|entretenir|choisir)\b|\b(tutoriel|recette|étape par étape|soi-même|fait maison)\b|^(tailler|planter|semer|arroser|fabriquer|construire|nettoyer|réparer)\b
problem: \b(maladies?|feuilles jaunes|jaunissent|pucerons?|limaces?|moisissures?|mildiou|oïdium|parasites?|panne|ne marche pas|fuite|se débarrasser|éliminer|enlever|problèmes?)\b
review: \b(avis|avantages|inconvénients|test)\b
list: \b(meilleure?s?|top|idées?|types|sortes|variétés|exemples|liste|cadeaux?|comparatif)\b
glossary: ^(qu'est-ce que|c'est quoi)\b|\b(définition|signification)\b
yesno: ^(est-ce que|peut-on|faut-il|doit-on)\b
questions: ^(comment|pourquoi|quel|quelle|quels|quelles|où|qui|que|combien)\b
buying: \b(acheter|achat|en ligne|promo|boutique)\b
"""
ENDINGS = """
guide: le guide | guide et conseils | l’essentiel à savoir | ce qui compte vraiment | l’essentiel et les erreurs à éviter
how-to: mode d’emploi | la méthode étape par étape | étapes, matériel et conseils | la méthode, le matériel et les erreurs à éviter
timing: le bon moment | la bonne période | le bon moment et les signes | la bonne période et les erreurs à éviter
questions: la réponse | la réponse claire | la réponse en bref et les raisons | la réponse et ce dont elle dépend
yesno: oui ou non ? | la réponse courte | la réponse et les exceptions
list: notre sélection | la sélection | sélection et critères de choix | notre sélection et comment bien choisir
comparison: le comparatif | les différences | différences et verdict | différences, coûts et meilleur choix
review: notre verdict | points forts et faibles | points forts, limites et verdict
cost: à quoi s’attendre | prix et économies | ce qui fait varier le prix | à quoi s’attendre et comment économiser
buying: guide d’achat | bien choisir | guide d’achat et prix | ce qu’il faut vérifier avant d’acheter
problem: causes et solutions | que faire ? | causes, solutions et prévention | trouver la cause et y remédier
glossary: définition | définition et exemples | définition simple avec des exemples
local: comment choisir | choix, prix et questions | comment choisir et quoi demander
"""
HEADINGS = """
answer: La réponse en bref
basics: Ce qui compte vraiment
start: Par où commencer
mistakes: Les erreurs à éviter
questions: Questions fréquentes
need: Ce qu’il vous faut
time: Le bon moment
steps: Étape par étape
signs: Les signes du bon moment
limits: Trop tôt ou trop tard : ce qui se passe
depends: De quoi cela dépend
do: Que faire maintenant
glance: Notre sélection en un coup d’œil
criteria: Les critères de choix
entries: La sélection en détail
compare: Les différences point par point
who: Quel choix pour qui
good: Les points forts
bad: Les points faibles
cost: Combien ça coûte
alternatives: Les alternatives
drivers: Ce qui fait varier le prix
save: Comment économiser
types: Les principaux types comparés
looks: Reconnaître le problème
causes: Les causes les plus probables
fix: Ce qui aide
prevent: Comment l’éviter
define: Définition
practice: Comment ça marche en pratique
mixup: Ce qu’il ne faut pas confondre
offers: Comparer les offres près de chez vous
asks: Les questions à poser
warn: Les signaux d’alerte
related: Sujets proches
"""
META = """
{k} : l’essentiel expliqué simplement.
Conseils pratiques, erreurs à éviter et réponses claires.
Un guide à garder sous la main.
"""
