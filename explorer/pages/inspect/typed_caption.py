"""Score of a typed caption on one inspected scene by the saved model of a run.

    score_own(store, run, "own", data, 3, "a blue bus and a red submarine")      # HTML

This module imports torch, so a page imports it at the first request.
"""

from html import escape

from explorer.evaluation.inspection import inspection_scenes
from explorer.evaluation.snapshots import score_caption, unknown_words
from explorer.runs.store import RunStore
from explorer.service.probing import load_model
from explorer.spec.dials import DataSpec
from explorer.world.worlds import WORLDS


def score_own(store: RunStore, run: str, form: str, data: DataSpec, scene: int, text: str) -> str:
    """Return `text` and a scene's own captions by their cosine with it, as HTML; raise `UserError` for invalid text."""
    clip = load_model(run, store=store, only_safe=True)
    shown = inspection_scenes(form, data, WORLDS[data.world], clip.image_size)[scene]
    if clip.words is not None:  # a word is a token, and none has a comma in it
        text = text.translate(str.maketrans(".,;:!?", "      "))
    said = {"yours": text, "the caption": shown["caption"], "its swap": shown["swapped_caption"]}
    image = shown["image"][None]
    cosines = {name: float(score_caption(clip, words, image)[0]) for name, words in said.items() if words}
    return _as_html(cosines, unknown_words(clip, text))


def _as_html(cosines: dict[str, float], unknown: tuple[str, ...]) -> str:
    """Format the captions in the order of their cosines, and the words that the model could not read."""
    order = sorted(cosines, key=lambda name: -cosines[name])
    lines = "".join(f"<li><b>{cosines[name]:.3f}</b> {name}</li>" for name in order)
    ties = "yours is the nearest" if order[0] == "yours" else f"{order[0]} is nearer than yours"
    words = (
        f"<p>Words that it has never read, and takes as one unknown word: {escape(', '.join(unknown))}.</p>"
        if unknown
        else ""
    )
    said = f"<p>By the model as it was saved last, {ties}:</p>"
    return f"<div data-cosine='{cosines['yours']:.4f}'>{said}<ol>{lines}</ol>{words}</div>"
