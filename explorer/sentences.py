"""Sentences that hold values, so that a page can say them in another language than English.

    >>> left = Sentence("run.left", "about {time} left", time=Number("3 min", kind="duration", number=200.0))
    >>> left
    'about 3 min left'
    >>> left.values["time"].number, key_sentence(left)["id"]
    (200.0, 'run.left')
    >>> [each["id"] for each in find_sentences({"eta": [left, "3 min"]})]
    ['run.left']

Each of these is its English text, so whoever reads it needs to know nothing of this. The host sends `find_sentences` of
an answer along with it, and the page looks up the ids. A text without values is a plain string and its own key.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self


class Number(str):
    """A number as English writes it, with its kind and what it is in the unit of that kind, such as seconds."""

    __slots__ = ("kind", "number")
    kind: str
    number: float

    def __new__(cls, text: str, *, kind: str, number: float) -> Self:
        self = super().__new__(cls, text)
        self.kind, self.number = kind, number
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self[:],), {"kind": self.kind, "number": self.number}

    @property
    def has_words(self) -> bool:
        """True for "3 min", which another language writes in another way, and False for "81 %"."""
        return any(letter.isalpha() for letter in self)


class Listed(str):
    """Texts with a sign between them: the items of a list, or sentences with a space."""

    __slots__ = ("parts", "sign")
    parts: tuple[str, ...]
    sign: str

    def __new__(cls, parts: Sequence[str], sign: str = ", ") -> Self:
        self = super().__new__(cls, sign.join(parts))
        self.parts, self.sign = tuple(parts), sign
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[tuple[str, ...], str], dict[str, Any]]:
        return (self.parts, self.sign), {}


class Sentence(str):
    """A text for people: English filled with values, and an id for which the other languages have words.

    Args:
        sentence_id: "part.name" in small letters; it stands once in the code, and once in each table of words.
        english: The text, with a {name} for each value.
        values: Names, whole numbers, and what this module defines; a plain text is looked up as a whole.
    """

    __slots__ = ("english", "id", "values")
    id: str
    english: str
    values: Mapping[str, Any]

    def __new__(cls, sentence_id: str, english: str, /, **values: Any) -> Self:
        self = super().__new__(cls, english.format_map(values))
        self.id, self.english, self.values = sentence_id, english, values
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], Mapping[str, Any]]:
        return (self.id, self.english), self.values


def key_sentence(text: Any) -> Any:
    """Return the JSON of a sentence, {"id", "values", "text"}, or of a value in it."""
    if isinstance(text, Sentence):
        return {
            "id": text.id,
            "values": {name: key_sentence(each) for name, each in text.values.items()},
            "text": text[:],
        }
    if isinstance(text, Number):
        return {"kind": text.kind, "number": text.number, "text": text[:]}
    if isinstance(text, Listed):
        return {"parts": [key_sentence(each) for each in text.parts], "sign": text.sign, "text": text[:]}
    return text


def read_sentence(key: Any) -> Any:
    """Return the sentence, or the value in one, of which `key_sentence` made this JSON; raise ValueError for another.

    Its English has no template any more: where a table of words lacks the id, it is the text itself.
    """
    match key:
        case {"id": str(sentence_id), "values": dict(values), "text": str(text)}:
            english = text.replace("{", "{{").replace("}", "}}")
            return Sentence(sentence_id, english, **{name: read_sentence(each) for name, each in values.items()})
        case {"kind": str(kind), "number": int() | float() as number, "text": str(text)}:
            return Number(text, kind=kind, number=number)
        case {"parts": list(parts), "sign": str(sign)}:
            texts = [read_sentence(each) for each in parts]
            if all(isinstance(each, str) for each in texts):
                return Listed(texts, sign)
        case str() | int() | float():
            return key
    raise ValueError("no keyed sentence")


def find_sentences(document: Any) -> list[dict[str, Any]]:
    """Return `key_sentence` of each sentence, list and number with words in a JSON document, each text once."""
    return list({text[:]: key_sentence(text) for text in _texts(document)}.values())


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        if isinstance(document, (Sentence, Listed)) or (isinstance(document, Number) and document.has_words):
            yield document
    elif isinstance(document, Mapping):
        for each in document.values():
            yield from _texts(each)
    # One that begins with a number is of numbers only, of which an answer may have many thousands.
    elif isinstance(document, list | tuple) and not (document and isinstance(document[0], int | float)):
        for each in document:
            yield from _texts(each)


def with_sentences(document: Any) -> Any:
    """Return the document; an object gets its sentences under "sentences", if it has any."""
    found = find_sentences(document) if isinstance(document, dict) else []
    return document | {"sentences": found} if found else document


def translate(text: str, words: Mapping[str, str]) -> str:
    """Return a text in another language, with its words by English and by id; English where they lack it."""
    if isinstance(text, Sentence):
        values = {name: translate(each, words) if isinstance(each, str) else each for name, each in text.values.items()}
        return words.get(text.id, text.english).format_map(values)
    if isinstance(text, Listed):
        return words.get(text.sign, text.sign).join(translate(each, words) for each in text.parts)
    return words.get(text, text)
