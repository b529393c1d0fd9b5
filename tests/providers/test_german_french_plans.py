"""Which outline a German or French keyword gets, where several members of a kind differ."""

import pytest

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.meta import _later
from igny8.providers.builtin.ideas.reading import read_phrase
from igny8.providers.builtin.wording import load_pack


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("de", "kartoffelsuppe einfrieren", "freeze_dish"),
        ("de", "gulasch aufwärmen", "reheat"),
        ("de", "käsekuchen ohne boden", "bake_no_dough"),
        ("de", "akku rasentrimmer", "battery_machine"),
        ("de", "saugroboter für tierhaare", "robot_head"),
        ("de", "hochdruckreiniger", "pressure_head"),
        ("de", "esstisch ausziehbar", "furniture_head"),
        ("de", "wasserkocher glas oder edelstahl", "two_materials"),
        ("de", "haustür holz oder aluminium", "building_part_compare"),
        ("de", "unternehmungen in regensburg", "itinerary"),
        ("de", "beste reisezeit kreta", "best_time_beach"),
        ("de", "beste reisezeit norwegen", "best_time"),
        ("de", "silikonfugen dusche erneuern", "sealing"),
        ("de", "tür quietscht", "adjusting"),
        ("de", "zaun setzen", "garden_build"),
        ("de", "ausgesperrt was tun", "lockout"),
        ("de", "stromausfall was tun", "power_cut"),
        ("de", "wasserrohrbruch keller", "water_damage"),
        ("de", "hebamme werden", "become"),
        ("de", "rechnungsprogramm für handwerker", "software_for"),
        ("de", "tvöd entgeltgruppe 9a", "pay_group"),
        ("de", "scharlach symptome", "symptoms_infection"),
        ("fr", "quiche aux poireaux sans pâte", "no_dough"),
        ("fr", "bœuf bourguignon", "stew"),
        ("fr", "congeler une soupe", "freeze_dish"),
        ("fr", "perceuse visseuse sans fil", "battery_machine"),
        ("fr", "tondeuse thermique", "garden_machine_head"),
        ("fr", "écran pc 27 pouces", "screen_head"),
        ("fr", "gourde inox ou verre", "two_materials"),
        ("fr", "fenêtre pvc ou alu", "building_part_compare"),
        ("fr", "que faire à annecy", "itinerary"),
        ("fr", "que voir à lisbonne en 3 jours", "trip_days"),
        ("fr", "quand partir en islande", "best_time"),
        ("fr", "devenir kinésithérapeute", "become"),
        ("fr", "porte qui grince", "adjusting"),
        ("fr", "porte claquée que faire", "lockout"),
        ("fr", "préavis location meublée", "notice_home"),
        ("fr", "logiciel de facturation auto-entrepreneur", "software_for"),
        ("fr", "symptômes otite", "symptoms_infection"),
        ("fr", "souris dans les combles", "pest"),
    ],
)
def test_members_of_a_kind_get_outlines_of_their_own(language, text, name):
    plan = read_phrase(Phrase(1, text), language).plan
    assert plan is not None and plan.name == name


@pytest.mark.parametrize(
    ("language", "text", "start"),
    [
        ("de", "wasserkocher glas oder edelstahl", "Wasserkocher aus Glas oder Edelstahl"),
        ("de", "spülmaschine 45 cm", "Spülmaschine 45 cm"),
        ("fr", "otite symptômes", "Symptômes de l'otite"),
        ("fr", "bronchite symptômes", "Symptômes de la bronchite"),
        ("fr", "salaire sage-femme", "Salaire de sage-femme"),
    ],
)
def test_keywords_become_headings_with_their_prepositions(language, text, start):
    (idea,) = propose(Topic(text, "informational", (Phrase(1, text),), language), 1)
    assert idea.titles[0].startswith(start), idea.titles[0]


def test_an_elided_article_is_small_in_a_description():
    pack = load_pack("fr")
    assert _later("L'essai en magasin", pack) == "l'essai en magasin"
    assert _later("Lavage à la main", pack) == "Lavage à la main"
