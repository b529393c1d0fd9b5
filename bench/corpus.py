"""Real-looking keyword exports of any size, the same for the same seed: corpus.py N FILE [DIALECT]."""

import csv
import random
import sys
from collections.abc import Iterator
from itertools import chain, zip_longest

# niche: (subjects, qualities, people and places, deeds); all subjects are plural or uncountable.
NICHES = {
    "gardening": (
        "raised garden beds, tomato plants, compost bins, houseplants, lawn mowers, garden hoses, "
        "rose bushes, herb gardens, seed trays, fruit trees, garden sheds, drip irrigation systems, "
        "hydrangeas, indoor herb kits, hedge trimmers, greenhouses, succulents, plant pots, "
        "pruning shears, vegetable gardens, bird feeders, garden gloves, strawberry plants, "
        "wildflower seeds, weed killers, lavender plants",
        "organic, small, drought tolerant, low maintenance, cedar, galvanized, self watering, "
        "heirloom, winter hardy, shade tolerant, cheap, tall",
        "beginners, small backyards, clay soil, full sun, balconies, seniors, renters, zone 5, "
        "apartments, hot climates",
        "plant, water, protect, fertilize, move",
    ),
    "coffee": (
        "espresso machines, pour over kettles, coffee grinders, french presses, cold brew makers, "
        "moka pots, coffee beans, milk frothers, coffee scales, drip coffee makers, coffee filters, "
        "travel mugs, portafilters, coffee subscriptions, decaf coffee beans, aeropress recipes, "
        "burr grinders, espresso cups, reusable coffee pods, coffee canisters, coffee tampers, "
        "single serve coffee makers, latte art pitchers, matcha whisks, coffee syrups",
        "automatic, manual, stainless steel, quiet, compact, commercial, dark roast, fair trade, "
        "low acid, budget, programmable, glass",
        "home use, small kitchens, offices, camping, beginners, large families, travel, dorm rooms, "
        "left handed people, espresso lovers",
        "clean, descale, store, use, repair",
    ),
    "running": (
        "running shoes, trail running shoes, running watches, hydration vests, compression socks, "
        "running shorts, marathon training plans, heart rate monitors, running belts, foam rollers, "
        "energy gels, treadmills, running headphones, 5k training plans, running jackets, "
        "racing flats, running insoles, half marathon plans, reflective vests, running gloves, "
        "sports bras, recovery sandals, running apps, speed workouts, running strollers",
        "lightweight, waterproof, wide toe box, cushioned, carbon plated, zero drop, cheap, vegan, "
        "winter, durable, breathable, high arch",
        "flat feet, beginners, heavy runners, marathon training, women over 50, bad knees, "
        "wide feet, overpronation, kids, hot weather",
        "choose, clean, break in, replace, use",
    ),
    "dogs": (
        "dog beds, puppy training classes, dog harnesses, dog crates, raw dog food diets, "
        "dog grooming brushes, dog dental chews, dog doors, dog raincoats, dog car seats, "
        "flea treatments, dog ramps, slow feeder bowls, puppy pads, dog shampoos, dog probiotics, "
        "retractable leashes, dog puzzle toys, dog life jackets, dog fences, dog nail grinders, "
        "dog boots, dog insurance plans, bark collars, dog strollers",
        "orthopedic, indestructible, washable, grain free, hypoallergenic, no pull, elevated, "
        "extra large, natural, cheap, waterproof, heated",
        "large breeds, small dogs, puppies, senior dogs, sensitive stomachs, apartments, "
        "car travel, anxious dogs, french bulldogs, golden retrievers",
        "use, clean, measure for, introduce, choose",
    ),
    "home baking": (
        "sourdough starters, stand mixers, bread machines, cake pans, pizza stones, dutch ovens, "
        "proofing baskets, rolling pins, cookie cutters, bread flours, baking sheets, cake stands, "
        "piping tips, kitchen scales, muffin tins, pie dishes, silicone mats, banana bread recipes, "
        "gluten free breads, chocolate chip cookies, sheet cakes, cinnamon rolls, bundt pans, "
        "pastry blenders, oven thermometers",
        "nonstick, cast iron, gluten free, vegan, mini, homemade, sugar free, professional, easy, "
        "glass, no knead, keto",
        "beginners, high altitude, small ovens, kids, bread baking, gifts, air fryers, "
        "two people, bake sales, diabetics",
        "make, store, clean, freeze, scale",
    ),
    "home office": (
        "standing desks, ergonomic chairs, monitor arms, desk lamps, webcam lights, "
        "mechanical keyboards, laptop stands, noise cancelling headphones, desk mats, "
        "cable organizers, office chairs, footrests, desk shelves, ultrawide monitors, "
        "docking stations, vertical mice, desk plants, whiteboards, filing cabinets, "
        "acoustic panels, walking pads, desk organizers, printer stands, room dividers, usb hubs",
        "adjustable, compact, quiet, wireless, l shaped, foldable, cheap, wooden, portable, "
        "minimalist, heavy duty, heated",
        "small spaces, back pain, tall people, two monitors, video calls, gaming, petite women, "
        "students, writers, remote workers",
        "set up, clean, adjust, assemble, choose",
    ),
    "personal finance": (
        "high yield savings accounts, budgeting apps, index funds, credit cards, student loans, "
        "emergency funds, roth iras, car loans, personal loans, robo advisors, balance transfers, "
        "money market accounts, side hustles, credit scores, life insurance policies, "
        "mortgage rates, 529 plans, certificates of deposit, debt consolidation loans, "
        "tax deductions, dividend stocks, home equity loans, checking accounts, expense trackers, "
        "sinking funds",
        "free, low fee, joint, online, no fee, secured, tax free, short term, safe, simple, "
        "fixed rate, best rated",
        "college students, freelancers, couples, retirees, bad credit, beginners, "
        "small businesses, families, single parents, teens",
        "open, compare, qualify for, understand, manage",
    ),
    "camping": (
        "camping tents, sleeping bags, camping stoves, headlamps, camping chairs, coolers, "
        "backpacking packs, water filters, rooftop tents, camping hammocks, sleeping pads, "
        "portable power stations, camp kitchens, hiking boots, bear canisters, trekking poles, "
        "camping showers, fire starters, camping lanterns, dry bags, camping cots, rain jackets, "
        "campfire recipes, camping checklists, bug nets",
        "ultralight, waterproof, four season, inflatable, family size, solar, budget, insulated, "
        "rugged, compact, two person, rechargeable",
        "winter, car camping, backpacking, families, tall people, side sleepers, kids, festivals, "
        "beginners, hot weather",
        "pack, clean, waterproof, store, set up",
    ),
    "skin care": (
        "vitamin c serums, sunscreens, retinol creams, hyaluronic acid serums, face moisturizers, "
        "eye creams, clay masks, micellar waters, face oils, niacinamide serums, lip balms, "
        "gentle cleansers, chemical exfoliants, acne patches, dark spot correctors, toners, "
        "night creams, sheet masks, body lotions, gua sha tools, face rollers, shaving creams, "
        "hand creams, mineral foundations, after sun lotions",
        "fragrance free, korean, drugstore, vegan, lightweight, tinted, oil free, organic, luxury, "
        "non comedogenic, reef safe, overnight",
        "sensitive skin, oily skin, dry skin, men, teens, rosacea, mature skin, eczema, "
        "combination skin, pregnancy",
        "use, layer, apply, store, choose",
    ),
    "electric cars": (
        "home ev chargers, electric suvs, ev tax credits, charging cables, used electric cars, "
        "ev batteries, charging stations, plug in hybrids, electric pickup trucks, ev tires, "
        "ev leases, charging adapters, electric minivans, ev road trips, solar carports, "
        "portable ev chargers, ev insurance quotes, battery warranties, charging apps, ev sedans, "
        "wall connectors, electric vans, ev maintenance costs, ev conversion kits, range tests",
        "level 2, affordable, fast, long range, seven seat, used, small, outdoor, smart, cheapest, "
        "all wheel drive, hardwired",
        "apartments, cold weather, families, commuters, road trips, towing, small garages, renters, "
        "fleets, seniors",
        "install, compare, charge, finance, maintain",
    ),
    "yoga": (
        "yoga mats, yoga blocks, yoga pants, yoga retreats, yoga straps, meditation cushions, "
        "yoga teacher trainings, yoga wheels, hot yoga classes, chair yoga exercises, yoga towels, "
        "yoga poses, prenatal yoga classes, yoga bolsters, breathing exercises, yoga apps, "
        "morning yoga routines, aerial yoga hammocks, yoga bags, restorative yoga sequences, "
        "yoga socks, sun salutations, yin yoga poses, yoga challenges, yoga playlists",
        "thick, non slip, eco friendly, gentle, free, online, foldable, cork, ten minute, extra long, "
        "affordable, advanced",
        "beginners, back pain, seniors, men, bad knees, pregnancy, flexibility, weight loss, kids, "
        "runners",
        "clean, choose, practice, roll up, teach",
    ),
    "home solar": (
        "solar panels, solar batteries, solar inverters, solar roof tiles, solar water heaters, "
        "solar generators, solar incentives, portable solar panels, solar attic fans, solar leases, "
        "solar pool heaters, net metering plans, solar lights, solar installers, "
        "balcony power plants, solar carports, solar charge controllers, microinverters, "
        "solar panel kits, solar loans, solar monitoring apps, ground mount solar systems, "
        "solar panel cleaners, solar mounting rails, hybrid inverters",
        "flexible, cheap, off grid, high efficiency, diy, bifacial, black, lightweight, used, "
        "waterproof, 400 watt, american made",
        "flat roofs, rvs, cabins, small homes, cloudy climates, boats, sheds, mobile homes, farms, "
        "renters",
        "install, clean, size, wire, finance",
    ),
    "photography": (
        "mirrorless cameras, camera bags, tripods, portrait lenses, wide angle lenses, nd filters, "
        "ring lights, photo editing apps, memory cards, camera straps, macro lenses, light tents, "
        "instant cameras, photo printers, drones, camera backpacks, flash diffusers, "
        "wedding photographers, telephoto lenses, film cameras, lens cleaning kits, photo albums, "
        "gimbals, backdrop stands, camera rain covers",
        "lightweight, cheap, full frame, professional, compact, used, weatherproof, fast, vintage, "
        "beginner friendly, carbon fiber, 35mm",
        "beginners, travel, vlogging, weddings, wildlife, real estate, food photography, kids, "
        "astrophotography, low light",
        "clean, choose, rent, sell, set up",
    ),
    "kitchen": (
        "air fryers, chef knives, cast iron skillets, food processors, rice cookers, "
        "instant pot recipes, cutting boards, blenders, knife sharpeners, spice racks, "
        "food storage containers, toaster ovens, electric kettles, wok pans, vacuum sealers, "
        "slow cooker meals, salad spinners, mixing bowls, dish racks, garlic presses, "
        "immersion blenders, trash cans, meal prep containers, ice makers, range hoods",
        "nonstick, ceramic, stainless steel, large, small, dishwasher safe, japanese, quiet, cheap, "
        "digital, cordless, glass",
        "one person, large families, small kitchens, induction, college students, smoothies, "
        "beginners, meal prep, rvs, gifts",
        "clean, season, use, organize, sharpen",
    ),
    "parenting": (
        "baby monitors, strollers, car seats, baby carriers, toddler beds, breast pumps, "
        "baby bottles, diaper bags, potty training tips, high chairs, baby gates, sleep sacks, "
        "baby led weaning recipes, nursing pillows, toddler activities, baby swings, "
        "bedtime routines, teething toys, kids backpacks, play kitchens, baby bathtubs, "
        "cloth diapers, bottle warmers, balance bikes, nursery dressers",
        "lightweight, organic, convertible, portable, travel, double, safe, montessori, compact, "
        "wooden, affordable, hands free",
        "newborns, twins, travel, small spaces, two year olds, preemies, working moms, dads, "
        "airplanes, daycare",
        "clean, choose, install, fold, use",
    ),
    "language learning": (
        "spanish lessons, language learning apps, german courses, japanese textbooks, flashcard apps, "
        "french podcasts, english tutors, italian phrases, grammar workbooks, language exchanges, "
        "korean classes, mandarin courses, sign language classes, pronunciation guides, "
        "vocabulary lists, portuguese lessons, ielts practice tests, immersion programs, "
        "bilingual books, conversation clubs, arabic alphabets, dutch courses, verb tables, "
        "language certificates, kanji apps",
        "free, online, intensive, easy, advanced, offline, interactive, basic, weekly, private, "
        "audio, printable",
        "adults, kids, travelers, beginners, business, nurses, heritage speakers, seniors, "
        "self study, expats",
        "choose, practice with, find, use, compare",
    ),
    "cycling": (
        "road bikes, gravel bikes, bike helmets, bike lights, electric bikes, bike trainers, "
        "cycling shoes, bike locks, bike racks, cycling computers, bike pumps, mountain bikes, "
        "bike saddles, cycling jerseys, bike panniers, folding bikes, tubeless tires, cargo bikes, "
        "bike repair stands, cycling shorts, kids bikes, bike chains, power meters, bike mirrors, "
        "bike multitools",
        "lightweight, cheap, carbon, waterproof, foldable, comfortable, rechargeable, used, "
        "steel, universal, mips, low maintenance",
        "commuting, beginners, heavy riders, women, touring, seniors, winter riding, triathlons, "
        "short people, students",
        "clean, adjust, choose, store, fit",
    ),
    "cleaning": (
        "robot vacuums, steam mops, carpet cleaners, cordless vacuums, laundry detergents, "
        "microfiber cloths, grout cleaners, window squeegees, air purifiers, mold removers, "
        "dishwasher tablets, stain removers, cleaning checklists, house cleaning services, "
        "drain cleaners, vinegar cleaning hacks, handheld vacuums, toilet brushes, dusters, "
        "oven cleaners, fabric softeners, pressure washers, trash bags, shower sprays, "
        "upholstery cleaners",
        "eco friendly, natural, cordless, quiet, heavy duty, cheap, non toxic, refillable, "
        "bagless, homemade, self emptying, pet safe",
        "hardwood floors, pet hair, small apartments, allergies, tile floors, stairs, rentals, "
        "cars, couches, septic tanks",
        "use, clean, make, choose, replace",
    ),
    "small business": (
        "invoicing apps, business bank accounts, logo makers, payroll services, email newsletters, "
        "pos systems, website builders, business cards, accounting courses, crm tools, "
        "business licenses, online stores, social media calendars, shipping labels, llc formations, "
        "business plans, marketing budgets, coworking spaces, booking apps, barcode scanners, "
        "employee handbooks, press releases, product photos, return policies, customer surveys",
        "free, simple, online, affordable, custom, mobile, all in one, small, secure, local, "
        "automated, printable",
        "freelancers, startups, restaurants, nonprofits, etsy sellers, contractors, salons, "
        "bakeries, consultants, solo founders",
        "set up, choose, write, compare, use",
    ),
    "aquariums": (
        "betta fish tanks, aquarium filters, aquarium plants, fish tank heaters, aquascaping ideas, "
        "freshwater shrimp, aquarium lights, algae eaters, aquarium stands, co2 systems, "
        "water test kits, goldfish bowls, saltwater tanks, live rock, aquarium substrates, "
        "protein skimmers, fish foods, aquarium backgrounds, nano tanks, gravel vacuums, "
        "driftwood pieces, coral frags, quarantine tanks, air pumps, planted tanks",
        "small, silent, 10 gallon, low light, self cleaning, cheap, natural, rimless, led, "
        "beginner friendly, cold water, glass",
        "beginners, kids, offices, small spaces, betta fish, cichlids, goldfish, apartments, "
        "nano tanks, bedrooms",
        "clean, cycle, set up, choose, decorate",
    ),
}
PLACES = (
    "austin",
    "berlin",
    "boston",
    "brisbane",
    "calgary",
    "chicago",
    "dallas",
    "denver",
    "dublin",
    "edinburgh",
    "glasgow",
    "houston",
    "leeds",
    "london",
    "los angeles",
    "manchester",
    "melbourne",
    "miami",
    "minneapolis",
    "new york",
    "phoenix",
    "portland",
    "san diego",
    "seattle",
    "sydney",
    "toronto",
    "vancouver",
)
PATTERNS = {
    "informational": (
        "how to {deed} {s}",
        "{s} guide",
        "{s} tips",
        "{s} ideas",
        "what are {s}",
        "how do {s} work",
        "are {s} worth it",
        "why are {s} so expensive",
        "how long do {s} last",
        "{s} explained",
        "{s} mistakes to avoid",
        "types of {s}",
        "{s} checklist",
        "{s} for {who}",
        "how to {deed} {a} {s}",
        "how to {deed} {s} for {who}",
        "{a} {s} ideas",
        "{s} myths",
        "do {a} {s} work for {who}",
        "are {a} {s} good for {who}",
        "{s} 101",
        "{s} pros and cons",
        "what to know about {a} {s}",
        "when to {deed} {s}",
        "can you {deed} {s} yourself",
    ),
    "commercial": (
        "best {s}",
        "best {a} {s}",
        "best {s} for {who}",
        "{s} reviews",
        "{a} {s} reviews",
        "{s} vs {t}",
        "top rated {s}",
        "top 10 {a} {s}",
        "best {s} 2026",
        "best {a} {s} for {who}",
        "{a} vs {b} {s}",
        "{s} comparison",
        "{s} alternatives",
        "{a} {s} for {who}",
        "most popular {s}",
        "{s} brands",
        "best {s} reddit",
        "{s} under 100",
    ),
    "transactional": (
        "buy {s}",
        "buy {a} {s} online",
        "{s} near me",
        "{a} {s} near me",
        "cheap {s}",
        "{s} sale",
        "{s} deals",
        "{s} price",
        "how much do {s} cost",
        "{s} in {place}",
        "best {s} in {place}",
        "where to buy {s}",
        "where to buy {a} {s} in {place}",
        "{s} discount code",
        "{a} {s} price",
        "{s} free shipping",
        "used {s} for sale",
        "{s} gift card",
    ),
}
FEATURES = (
    "People also ask",
    "Image pack",
    "Video preview",
    "Shopping results",
    "Local pack",
    "Sitelinks",
    "Thumbnail",
    "AI overview",
    "Discussions and forums",
    "Featured snippet",
)
AHREFS = (
    "#",
    "Keyword",
    "Country",
    "Difficulty",
    "Volume",
    "CPC",
    "CPS",
    "Parent Keyword",
    "Last Update",
    "SERP Features",
    "Global volume",
    "Traffic potential",
    "Global traffic potential",
    "First seen",
    "Intents",
)


def keywords(n: int, seed: int = 1) -> Iterator[dict]:
    """Yield n unique keywords of many topics, the same for the same n and seed.

    Keys: keyword, topic, niche, intent, volume (Zipf within its topic), difficulty (None when the
    tool would not know), cpc in USD (None or a price). Raises ValueError if n is out of reach."""
    rng = random.Random(seed)
    subjects = [
        (niche, subject) for niche, texts in NICHES.items() for subject in texts[0].split(", ")
    ]
    rng.shuffle(subjects)
    seen: set[str] = set()
    made = 0
    for batch in _batches(subjects, n):
        streams = [_topic(niche, subject, rng, share) for niche, subject, share in batch]
        for row in chain.from_iterable(zip_longest(*streams)):
            if made == n:
                return
            if row and row["keyword"] not in seen:
                seen.add(row["keyword"])
                made += 1
                yield row
    if made < n:
        raise ValueError(f"{n} keywords were asked for; there are only {made}")


def write_export(path: str, n: int, dialect: str = "ahrefs", seed: int = 1) -> None:
    """Write n keywords as a tool would: ahrefs, semrush, keyword_planner, search_console, plain."""
    header, line, encoding, delimiter, preamble = _WRITERS[dialect]
    rng = random.Random(seed + 1)
    with open(path, "w", encoding=encoding, newline="") as out:
        out.write(preamble)
        writer = csv.writer(out, delimiter=delimiter)
        if header:
            writer.writerow(header)
        for number, row in enumerate(keywords(n, seed), start=1):
            writer.writerow(line(number, row, rng))


def _batches(subjects: list, n: int) -> Iterator[list]:
    """Yield groups of (niche, subject, share): about 25 keywords a topic, then all there are."""
    few = subjects[: max(4, n // 25)]
    yield [(*pair, 1 / (1 + rank % 7)) for rank, pair in enumerate(few)]
    yield [(*pair, 1.0) for pair in subjects]


def _topic(niche: str, subject: str, rng: random.Random, share: float) -> list[dict]:
    """Return a topic's keywords, the head term first; a smaller share makes a smaller topic."""
    subjects, qualities, people, deeds = (text.split(", ") for text in NICHES[niche])
    phrases = {subject: "informational"}
    for intent, patterns in PATTERNS.items():
        for pattern in patterns:
            for _ in range(len(PLACES) if "{place}" in pattern else 1 + 11 * ("{a}" in pattern)):
                a, b = rng.sample(qualities, 2)
                text = pattern.format(
                    s=subject,
                    a=a,
                    b=b,
                    t=rng.choice(subjects),
                    who=rng.choice(people),
                    place=rng.choice(PLACES),
                    deed=rng.choice(deeds),
                )
                if text.split(" vs ")[0] != text.split(" vs ")[-1] or " vs " not in text:
                    phrases.setdefault(text, intent)
            if pattern.count("{") == 2 and "{who}" in pattern:
                phrases.update({pattern.format(s=subject, who=who): intent for who in people})
    order = list(phrases)[1:]
    rng.shuffle(order)
    order = [subject, *order[: max(8, round(len(order) * share))]]
    head = 10 ** rng.uniform(3.3, 5.2)
    hard = rng.uniform(5, 75)
    return [
        _row(text, phrases[text], niche, subject, head / (1 + rank) ** 1.1, hard, rng)
        for rank, text in enumerate(order)
    ]


def _row(
    text: str, intent: str, niche: str, topic: str, volume: float, hard: float, rng: random.Random
) -> dict:
    volume = max(0, volume * rng.uniform(0.6, 1.4))
    step = 10 ** max(1, len(str(int(volume))) - 2)
    length = len(text.split())
    difficulty = round(min(96, max(0, hard - 4 * (length - 2) + rng.gauss(0, 6))))
    price = {"informational": 0.4, "commercial": 1.1, "transactional": 1.6}[intent]
    return {
        "keyword": text,
        "topic": topic,
        "niche": niche,
        "intent": intent,
        "volume": round(volume / step) * step,
        "difficulty": difficulty if rng.random() > 0.04 else None,
        "cpc": round(price * rng.lognormvariate(0, 0.6), 2) if rng.random() > 0.15 else None,
    }


def _blank(value) -> str:
    return "" if value is None else str(value)


def _ahrefs(number: int, row: dict, rng: random.Random) -> list:
    return [
        number,
        row["keyword"],
        "us",
        _blank(row["difficulty"]),
        row["volume"],
        _blank(row["cpc"]),
        f"{rng.uniform(0.4, 1.3):.2f}",
        row["topic"],
        "2026-05-28 04:11:02",
        ",".join(rng.sample(FEATURES, 4)),
        row["volume"] * rng.randint(2, 5),
        round(row["volume"] * rng.uniform(0.3, 6)),
        round(row["volume"] * rng.uniform(2, 12)),
        f"201{rng.randint(5, 9)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
        f"{row['intent'].title()},Non-branded",
    ]


def _semrush(number: int, row: dict, rng: random.Random) -> list:
    return [
        row["keyword"],
        row["intent"].title(),
        row["volume"],
        ",".join(f"{rng.uniform(0.3, 1):.2f}" for _ in range(12)),
        _blank(row["difficulty"]),
        _blank(row["cpc"]),
        f"{rng.random():.2f}",
        ", ".join(rng.sample(FEATURES, 3)),
        rng.randint(10_000, 90_000_000),
    ]


def _planner(number: int, row: dict, rng: random.Random) -> list:
    return [
        row["keyword"],
        "USD",
        row["volume"],
        "0%",
        "0%",
        rng.choice(("Low", "Medium", "High")),
        rng.randint(0, 100),
        f"{rng.uniform(0.1, 1):.2f}",
        _blank(row["cpc"]),
    ]


def _console(number: int, row: dict, rng: random.Random) -> list:
    shown = row["volume"] // 3 + rng.randint(1, 40)
    clicks = round(shown * rng.uniform(0, 0.12))
    return [
        row["keyword"],
        clicks,
        shown,
        f"{100 * clicks / shown:.2f}%",
        f"{rng.uniform(1, 60):.2f}",
    ]


def _plain(number: int, row: dict, rng: random.Random) -> list:
    return [row["keyword"]]


_WRITERS = {  # header, line, encoding, delimiter, preamble
    "ahrefs": (AHREFS, _ahrefs, "utf-8", ",", ""),
    "semrush": (
        (
            "Keyword",
            "Intent",
            "Volume",
            "Trend",
            "Keyword Difficulty",
            "CPC (USD)",
            "Competitive Density",
            "SERP Features",
            "Number of Results",
        ),
        _semrush,
        "utf-8",
        ",",
        "",
    ),
    "keyword_planner": (
        (
            "Keyword",
            "Currency",
            "Avg. monthly searches",
            "Three month change",
            "YoY change",
            "Competition",
            "Competition (indexed value)",
            "Top of page bid (low range)",
            "Top of page bid (high range)",
        ),
        _planner,
        "utf-16",
        "\t",
        "Keyword Stats 2026-06-09 at 21_25_18\nJune 1, 2025 - May 31, 2026\n",
    ),
    "search_console": (
        ("Top queries", "Clicks", "Impressions", "CTR", "Position"),
        _console,
        "utf-8",
        ",",
        "",
    ),
    "plain": ((), _plain, "utf-8", "\t", ""),
}


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or not sys.argv[1].isdecimal():
        sys.exit(f"usage: python bench/corpus.py N FILE [{'|'.join(_WRITERS)}]")
    write_export(sys.argv[2], int(sys.argv[1]), *sys.argv[3:])
    print(f"{int(sys.argv[1]):,} keywords in {sys.argv[2]}")
