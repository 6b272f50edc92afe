"""The opening question and its answer as HTML: two pictures, two captions, what two models make of them.

    first_html(document())        # all pairs; a script shows one at a time, and the answer once a guess was made

Right and swapped differ by a mark and by the edge of their cell besides color. Without a document the pairs cannot be
asked, and a sentence says what to run.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from explorer.figures.style import percent
from explorer.pages.shared.scene_cards import caption_html
from explorer.resources import ASSETS
from explorer.world.highlighted_captions import Word
from explorer.world.worlds import WORLDS

LETTERS = ("A", "B")
SCRIPT = (ASSETS / "js" / "first.js").read_text(encoding="utf-8")
STALE = (
    "<p class='quiet'>The answers beside this page are of other weights than the shipped models have now;"
    " <code>python -m explorer.pages.workbench.quiz_pairs</code> writes them anew.</p>"
)
QUESTION = "Which caption goes with which picture?"
GUESS = "Trained on captions like the web’s: does CLIP give each picture its own?"
READ_SO = "Numbers: how alike a model finds picture and caption (cosine). The larger in a row wins."
GUESSES = {"yes": "Yes", "no": "No", "skip": "Just show me"}
SAID = {"right": "You guessed right.", "wrong": "You guessed wrong."}
VERDICTS = {
    "own": ("tick", "✓", "Each picture gets its own caption."),
    "faint": ("tick", "✓", "Each its own, but no more clearly than word order alone moves it."),
    "same": ("cross", "✗", "Both pictures get caption {letter}."),
    "exchanged": ("cross", "✗", "Each picture gets the other’s caption."),
    "tie": ("cross", "✗", "It cannot tell the captions apart."),
}


def first_html(found: Mapping[str, Any] | None) -> str:
    """The whole block."""
    if found is None:
        return f"<section class='first'>{STALE}</section>"
    pairs, models = found["pairs"], found["models"]
    pictures = "".join(_pictures(place, pair) for place, pair in enumerate(pairs))
    answers = "".join(map(_answer, models))
    matches = "".join("y" if verdict_of(each) in ("own", "faint") else "n" for each in models[0]["answers"])
    return (
        f"<section class='first' data-guess='' data-matches='{matches}' data-right='{SAID['right']}'"
        f" data-wrong='{SAID['wrong']}'><div class='first-head'><h2>{QUESTION}</h2>"
        f"<button type='button' class='next'>Next pair <small>1 of {len(pairs)}</small></button></div>"
        f"{pictures}<p class='read-so'>{READ_SO}</p>"
        f"<div class='asking'><div class='answers'>{answers}</div>{_guess()}</div>"
        f"<div class='under'>{_key()}<p class='guessed' role='status'></p></div></section>"
    )


def verdict_of(answer: Mapping[str, Any]) -> str:
    """A key of `VERDICTS`: what a model made of a pair."""
    chosen = [_chosen(row) for row in answer["cosine"]]
    if None in chosen:
        return "tie"
    if chosen == [0, 1]:
        return "own" if set(answer["kinds"]) == {"beyond"} else "faint"
    return "exchanged" if chosen == [1, 0] else "same"


def _chosen(row: Sequence[float]) -> int | None:
    """The caption that a picture is nearest to, None in a tie."""
    return None if row[0] == row[1] else int(row[1] > row[0])


def words_of(caption: str, other: str) -> list[Word]:
    """The words of a caption; the values that stand elsewhere in the other one are exchanged."""
    kinds = {value.word: kind.name for world in WORLDS.values() for kind in world.kinds for value in kind.values}
    return [
        Word(text=word, kind=kinds.get(word), value=word if word in kinds else None, exchanged=word != there)
        for word, there in zip(caption.split(), other.split(), strict=True)
    ]


def _pictures(place: int, pair: Mapping[str, Any]) -> str:
    """Both pictures with their captions."""
    captions = pair["captions"]
    figures = "".join(
        f"<figure><img src='{escape(picture)}' width='192' height='192' alt='Picture {letter}: {escape(caption)}'>"
        f"<figcaption><b class='letter'>{letter}</b>{caption_html(words_of(caption, other), right=None)}</figcaption>"
        "</figure>"
        for letter, picture, caption, other in zip(LETTERS, pair["pictures"], captions, captions[::-1], strict=True)
    )
    return f"<div class='pair-shown' data-pair='{place}'{' hidden' if place else ''}>{figures}</div>"


def _guess() -> str:
    buttons = "".join(f"<button type='button' data-guess='{name}'>{words}</button>" for name, words in GUESSES.items())
    return f"<div class='guess' role='group' aria-label='Your guess'><p>{GUESS}</p><div>{buttons}</div></div>"


def _answer(model: Mapping[str, Any]) -> str:
    """One model: a table and a verdict for each pair, then its binding accuracy."""
    tables = "".join(_match(model, place) for place in range(len(model["answers"])))
    return (
        f"<article class='answer' data-model='{escape(model['model'])}'>"
        f"<h3>{escape(model['title'])}</h3>{tables}{_accuracy(model['binding'])}{_how(model)}</article>"
    )


def _match(model: Mapping[str, Any], place: int) -> str:
    """The 2 x 2 table of pictures and captions, and what the model made of them."""
    answer = model["answers"][place]
    heads = "".join(f"<th scope='col'>{_called('caption', letter)}</th>" for letter in LETTERS)
    rows = "".join(
        f"<tr><th scope='row'>{_called('picture', letter)}</th>"
        f"{''.join(_cell(row, column, right) for column in range(2))}</tr>"
        for right, (letter, row) in enumerate(zip(LETTERS, answer["cosine"], strict=True))
    )
    kind = verdict_of(answer)
    name, mark, words = VERDICTS[kind]
    chosen = _chosen(answer["cosine"][0])
    said = words.format(letter=LETTERS[chosen or 0])
    return (
        f"<div data-pair='{place}' data-verdict='{kind}'{' hidden' if place else ''}><table>"
        f"<caption>Cosine of picture and caption, {escape(model['title'])}</caption>"
        "<colgroup><col class='rows'><col span='2'></colgroup>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        # No p: paragraphs with these classes are captions, which stay English in every language.
        f"<div class='verdict {'right' if name == 'tick' else 'wrong'}'><span class='{name}'>{mark}</span>{said}</div>"
        "</div>"
    )


def _called(what: str, letter: str) -> str:
    """A heading, whose letter is enough for the eye where there is little room."""
    return f"<span class='what'>{what} </span>{letter}"


def _cell(row: Sequence[float], column: int, right: int) -> str:
    """A cosine: the right caption has a full edge, the model's choice is filled and has a tick or a cross."""
    is_right, is_chosen = column == right, _chosen(row) == column
    kinds = [name for name, holds in (("is-right", is_right), ("is-chosen", is_chosen)) if holds]
    mark = ("<span class='tick'>✓</span>" if is_right else "<span class='cross'>✗</span>") if is_chosen else ""
    said = "".join(f"<span class='unseen'>{words}</span>" for words, holds in
                   ((" right caption", is_right), (" chosen by the model", is_chosen)) if holds)  # fmt: skip
    number = f"{row[column]:.4f}".replace("-", "−")
    return f"<td class='{' '.join(kinds)}'><span class='veiled'>{mark}{number}{said}</span></td>"


def _accuracy(binding: Mapping[str, Any]) -> str:
    """Binding accuracy on fresh scenes: a bar with its interval and chance, and the same in words."""
    value, low, high, chance = (100 * binding[part] for part in ("value", "low", "high", "chance"))
    words = f"{percent(binding['value'])} binding accuracy"
    span = f"95 % interval {percent(binding['low']).removesuffix(' %')} to {percent(binding['high'])}"
    told = f"{span}; chance {percent(binding['chance'])}"
    return (
        f"<div class='accuracy'><p><b>{words}</b></p>"
        "<svg viewBox='0 0 100 8' preserveAspectRatio='none' aria-hidden='true'>"
        f"<rect class='track' width='100' height='8'/><rect class='value' width='{value:.2f}' height='8'/>"
        f"<rect class='interval' x='{low:.2f}' width='{high - low:.2f}' y='3' height='2'/>"
        f"<line class='chance' x1='{chance:.1f}' x2='{chance:.1f}' y1='0' y2='8'/></svg>"
        f"<p><small>{told}</small></p></div>"
    )


def _how(model: Mapping[str, Any]) -> str:
    """Folded: what the accuracy is of, and how the model was trained."""
    return (
        f"<details class='how-made'><summary>{escape(model['model'])}: how this was measured</summary>"
        "<p>Binding accuracy: the share of pictures nearer to their caption than to the same caption with the values"
        f" exchanged; a bag of words stays at chance. Canonical form: {escape(model['form'])}; the"
        f" {model['binding']['n']:,} of {model['scenes']:,} scenes that have a swap; {escape(model['device'])}."
        f" Trained on {escape(model['trained'])}.</p></details>"
    )


def _key() -> str:
    return (
        "<p class='key'><span class='is-right'>right caption</span><span class='is-chosen good'>✓ chosen, right</span>"
        "<span class='is-chosen bad'>✗ chosen, wrong</span></p>"
    )
