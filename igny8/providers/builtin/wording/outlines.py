"""Which sections an article has: by its family (what the reader wants) and by the kind of its subject.

Names of sections are those of [sections] in the files of wording/data. "KIND" is a section that
the kind of the subject adds; "LEAD" the one that opens an overview of such a subject; of names
divided by "/" one is taken, another for another keyword.
"""

FAMILIES = {
    "understand": "LEAD KIND KIND KIND mistakes/KIND KIND",
    "choose": "criteria KIND KIND price_classes/price_range KIND mistakes/who_which/alternatives",
    "list": "glance criteria KIND candidates how_chosen/who_which/alternatives KIND",
    "compare": "short_answer side_by_side side_a side_b KIND who_which",
    "review": "verdict strengths limits KIND price_range/KIND alternatives/who_which",
    "cost": "price_range price_factors KIND KIND saving/mistakes KIND",
    "howto": "before_start tools steps KIND check_result if_fails/mistakes/when_pro",
    "desk": "before_start documents steps KIND mistakes/when_pro KIND",
    "problem": "symptoms causes quick_fix KIND prevent call_pro/mistakes/when_pro",
    "answer": "short_answer reasons KIND KIND exceptions/when_matters next_step",
    "timing": "short_answer reasons signs_time KIND too_early_late",
    "define": "definition KIND example KIND confused_with/when_matters",
    "local": "provider_check/scope KIND price_range/KIND KIND provider_check/process warning_signs/mistakes",
    "tool": "tool_parts tool_use KIND example mistakes/next_step",
}
PHYSICAL = ("product", "food", "howto", "service", "neutral", "place")  # kinds that need tools
PURPOSE = {  # which of the pools of a kind suits a family
    "understand": "know",
    "answer": "know",
    "timing": "know",
    "define": "know",
    "choose": "buy",
    "list": "buy",
    "compare": "buy",
    "review": "buy",
    "cost": "cost",
    "local": "buy",
    "howto": "do",
    "desk": "do",
    "problem": "do",
    "tool": "do",
}
LEADS = {
    "product": "how_it_works",
    "software": "how_it_works",
    "service": "scope",
    "job": "overview",
    "place": "highlights",
    "health": "signs",
    "law": "who_applies",
    "money": "how_it_works",
    "food": "ingredients",
    "howto": "before_start",
    "concept": "definition",
    "event": "dates",
    "brand": "profile",
    "person": "who_is",
    "neutral": "overview",
}
POOLS = {
    "product": {
        "know": "types specs compat lifespan safety care running_cost use_cases",
        "buy": "types specs materials sizes compat lifespan warranty running_cost safety where_buy",
        "cost": "types running_cost sizes lifespan warranty where_buy",
        "do": "safety care time_effort compat",
    },
    "software": {
        "know": "functions use_cases deployment data_security rollout integrations",
        "buy": "functions integrations data_security licence_cost deployment trial migration exit",
        "cost": "licence_cost functions exit rollout trial migration",
        "do": "migration rollout integrations data_security time_effort",
    },
    "service": {
        "know": "process price_factors quote_items prep guarantee diy_limits",
        "buy": "scope quote_items process prep guarantee response contract diy_limits",
        "cost": "scope quote_items response diy_limits contract prep",
        "do": "diy_limits safety time_effort prep",
    },
    "job": {
        "know": "steps_apply phrasing documents requirements pay example rights",
        "buy": "tasks requirements pay steps_apply documents",
        "cost": "pay contract_points rights case",
        "do": "documents steps_apply phrasing rights time_effort",
    },
    "place": {
        "know": "season getting_there etiquette families cost_visit stay itinerary bring",
        "buy": "getting_there stay season booking families cost_visit etiquette bring",
        "cost": "booking season stay families getting_there",
        "do": "bring itinerary etiquette booking getting_there",
    },
    "health": {
        "know": "causes evidence red_flags self_help treatment side_effects",
        "buy": "evidence dosage side_effects red_flags quality_reviews",
        "cost": "treatment evidence eligibility side_effects",
        "do": "self_help red_flags dosage safety",
    },
    "law": {
        "know": "legal_basis deadlines duties sanctions changes case documents",
        "buy": "deadlines documents duties sanctions case eligibility",
        "cost": "fees case sanctions documents eligibility",
        "do": "documents deadlines steps_authority sanctions phrasing",
    },
    "money": {
        "know": "calc fees tax risks eligibility case changes",
        "buy": "fees risks eligibility tax calc exit",
        "cost": "calc fees tax case eligibility",
        "do": "documents calc deadlines tax risks",
    },
    "food": {
        "know": "quality_food storage nutrition variants where_buy",
        "buy": "quality_food where_buy storage nutrition variants",
        "cost": "quality_food where_buy storage variants",
        "do": "ingredients variants storage time_effort quality_food",
    },
    "howto": {
        "know": "tools time_effort safety when_pro steps",
        "buy": "tools time_effort when_pro materials safety",
        "cost": "tools time_effort diy_limits when_pro",
        "do": "time_effort safety when_pro materials diy_limits",
    },
    "concept": {
        "know": "parts practice measure standards pro_con use_cases confused_with",
        "buy": "practice measure pro_con use_cases standards",
        "cost": "practice measure calc use_cases",
        "do": "practice measure parts standards time_effort",
    },
    "event": {
        "know": "program getting_there cost_visit on_site stay",
        "buy": "program cost_visit getting_there stay on_site booking",
        "cost": "booking stay getting_there on_site",
        "do": "on_site bring getting_there booking",
    },
    "brand": {
        "know": "range quality_reviews where_buy support price_classes",
        "buy": "range quality_reviews support where_buy warranty",
        "cost": "range where_buy support warranty",
        "do": "support warranty range where_buy",
    },
    "person": {
        "know": "life work significance example",
        "buy": "life work significance where_buy",
        "cost": "work life significance",
        "do": "work life significance",
    },
    "neutral": {
        "know": "parts example practice pro_con use_cases measure",
        "buy": "types pro_con use_cases quality_reviews where_buy",
        "cost": "types use_cases quality_reviews pro_con",
        "do": "time_effort tools safety practice",
    },
}
GENERIC = frozenset(  # sections whose labels say too little for a title
    "overview short_answer glance verdict questions related strengths limits reasons price_range next_step"
    " exceptions side_a side_b who_which how_chosen check_result candidates criteria quick_fix".split()
)
FORMATS = {  # the family of an article → its format
    "understand": "guide",
    "choose": "guide",
    "list": "list",
    "compare": "comparison",
    "review": "review",
    "cost": "guide",
    "howto": "how-to",
    "problem": "guide",
    "answer": "questions",
    "timing": "questions",
    "define": "glossary",
    "local": "local",
    "tool": "guide",
}
GROUPS = {  # families that answer one question about one subject
    "understand": "know",
    "define": "know",
    "answer": "know",
    "timing": "time",
    "choose": "buy",
    "list": "buy",
    "review": "buy",
    "local": "buy",
    "cost": "cost",
    "howto": "do",
    "desk": "do",
    "problem": "do",
    "compare": "compare",
    "tool": "tool",
}
WORDS = {
    "understand": 1400,
    "choose": 1500,
    "list": 1600,
    "compare": 1300,
    "review": 1200,
    "cost": 1000,
    "howto": 1200,
    "problem": 1000,
    "answer": 900,
    "timing": 900,
    "define": 700,
    "local": 1000,
    "tool": 800,
}
FAMILY_OF_VOICE = {  # what igny8.providers.builtin.ideas.intent_signals reads → the family
    "guide": "understand",
    "buying": "choose",
    "problem": "problem",
    "how-to": "howto",
    "comparison": "compare",
    "list": "list",
    "review": "review",
    "questions": "answer",
    "timing": "timing",
    "yesno": "answer",
    "glossary": "define",
    "local": "local",
    "cost": "cost",
    "service": "local",
    "remedy": "problem",
    "lookup": "tool",
    "tool": "tool",
}
