"""English keywords that look like something else: which outline each kind of them gets."""

import pytest

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import propose
from igny8.providers.builtin.ideas.reading import read_phrase


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("desk riser", "workplace_head"),
        ("sit stand desk converter", "workplace_head"),
        ("drawer organizer", "organizer_head"),
        ("egg timer", "measuring_head"),
        ("sewing gauge", "measuring_head"),
        ("voltage converter for europe", "adapter_head"),
        ("bike gps tracker", "tracker_head"),
        ("workout bench", "fitness_gear_head"),
        ("folding wheelchair", "mobility_head"),
        ("bread machine", "device_kitchen"),
        ("wet dry vacuum", "device_cleaning"),
        ("gaming monitor", "device_screen"),
        ("wireless earbuds", "device_audio"),
        ("heat pump tumble dryer", "device_white"),
        ("portable air conditioner", "device_air"),
        ("random orbital sander", "device_workshop"),
        ("currency converter", "tool_any"),
        ("bookkeeping app for landlords", "app_for_people"),
        ("crm for estate agents", "software_for_trade"),
        ("things to do in ghent", "things_to_do"),
        ("ghent 2 day itinerary", "itinerary"),
        ("best time to visit mauritius", "travel_time_beach"),
        ("best time to visit norway", "travel_time_north"),
        ("best month to visit rome", "travel_time_city"),
        ("best time to visit patagonia", "travel_time"),
        ("can you freeze lasagne", "freeze_dish"),
        ("does chilli freeze well", "freeze_dish"),
        ("how long does lasagne last in the fridge", "food_storing"),
        ("slow cooker beef brisket", "recipe_slow_meat"),
        ("slow cooker lentil soup", "recipe_slow_cooker"),
        ("crustless spinach quiche", "recipe_no_crust"),
        ("how to caulk a bathtub", "howto_seal"),
        ("repainting kitchen cabinets", "howto_paint"),
        ("how to patch a hole in drywall", "howto_fill"),
        ("how to stop a gate from squeaking", "howto_squeak"),
        ("how to fix a squeaky door", "howto_squeak"),
        ("shingles symptoms", "health_symptoms"),
        ("replace a dishwasher door seal", "repair_howto"),
        ("annuity formula", "formula"),
        ("quick ratio formula", "ratio_formula"),
        ("becoming a physiotherapist", "become"),
        ("locked out of house", "lockout"),
        ("power cut at night what to do", "power_cut"),
    ],
)
def test_a_keyword_gets_the_outline_of_its_kind(text, name):
    plan = read_phrase(Phrase(1, text), "en").plan
    assert plan is not None and plan.name == name


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("ceramic or stainless steel frying pan", ("ceramic", "stainless steel")),
        ("bamboo vs cotton bed sheets", ("bamboo", "cotton")),
        ("induction vs gas hob", ("induction", "gas hob")),
    ],
)
def test_two_materials_of_one_thing_are_the_sides_of_its_comparison(text, sides):
    assert read_phrase(Phrase(1, text), "en").sides == sides


def test_a_lowered_article_leads_the_end_of_a_description():
    (idea,) = propose(Topic("x", "informational", (Phrase(1, "locked out of house"),)), 1)
    assert ": A " not in idea.meta_description
