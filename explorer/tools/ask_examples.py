"""Examples of *Ask a real CLIP*: pictures with a caption and its swap, and the shipped models' answers, in one file.

    compute_examples()  # {"pictures": [...], "models": [{"name", "title", "leaderboard", ...}, ...], ...}

    python -m explorer.tools.ask_examples  # writes the file again, after a shipped model has changed

The file gives the page its first answers before torch is loaded. A test computes it again.
"""

import base64
import json
from typing import Any

from explorer.captions.reading import read_caption
from explorer.captions.swapping import find_swaps
from explorer.clip.card import SHIPPED
from explorer.clip.loading import no_progress
from explorer.clip.pixels import webp_uri
from explorer.codec import encode
from explorer.evaluation.answers.question import decode_data_uri, make_picture_question
from explorer.evaluation.binding_pairs import binding_pairs
from explorer.resources import ASSETS
from explorer.views.ask import EXAMPLES_FILE, leaderboard_row
from explorer.views.asked_models import score_pictures, show_question, unread_words
from explorer.views.permitted_models import load_permitted
from explorer.views.service import Service
from explorer.world.worlds import WORLDS

PHOTO_FILE = ASSETS / "ask" / "desk.jpg"
EXAMPLE_PAIRS = (0, 3, 5)
"""Binding pairs whose first picture is an example, the second that of its swap."""
EXAMPLE_PIXELS = 192
NUM_KNOWN_SCENES = 200
"""Canonical scenes of the column with known truth."""
MODEL_ORDER = ("things-bound", "things-one-value", "things-web", "things-hard-negatives")


def example_pictures() -> list[dict[str, Any]]:
    """Return the pictures as data URIs: `image`, and of a drawn scene that of its swap, with caption and swap.

    `middles` of a drawn scene are those of its two things in the order of the caption, as shares of its sides.
    """
    pairs = binding_pairs(WORLDS["things"])
    drawn, texts, middles = pairs.images(EXAMPLE_PIXELS), pairs.texts, pairs.middles(EXAMPLE_PIXELS)
    scenes = [
        {
            "name": "",
            "image": webp_uri(drawn[2 * pair]),
            "swapped": webp_uri(drawn[2 * pair + 1]),
            "captions": [texts[2 * pair], texts[2 * pair + 1]],
            "middles": middles[2 * pair].round(3).tolist(),
        }
        for pair in EXAMPLE_PAIRS
    ]
    photo = f"data:image/jpeg;base64,{base64.b64encode(PHOTO_FILE.read_bytes()).decode()}"
    caption = "a red mug and a green book"
    captions = [caption, find_swaps(read_caption(caption))[0].caption]
    return [*scenes, {"name": PHOTO_FILE.name, "image": photo, "swapped": None, "captions": captions, "middles": None}]


def compute_examples() -> dict[str, Any]:
    """Return what the file holds; imports torch and takes some seconds."""
    pictures, service = example_pictures(), Service.from_environment()
    return {
        "pictures": pictures,
        "scenes": NUM_KNOWN_SCENES,
        "models": [_model(name, pictures, service) for name in MODEL_ORDER],
    }


def _model(name: str, pictures: list[dict[str, Any]], service: Service) -> dict[str, Any]:
    row = leaderboard_row(service, name, None, count=NUM_KNOWN_SCENES, seed=0, half_truths=True, tell=no_progress)
    return {
        "name": name,
        "title": SHIPPED[name].title,
        "short_title": SHIPPED[name].short_title or SHIPPED[name].title,
        "about": SHIPPED[name].about,
        "parameters": row.parameters,
        "leaderboard": encode(row),
        "answers": [_answer(name, each, service) for each in pictures],
    }


def _answer(name: str, picture: dict[str, Any], service: Service) -> dict[str, Any] | None:
    """Return the document of `score` without its pictures; None if the model never read a word of the captions."""
    if unread_words(service.store, [name], picture["captions"]):
        return None
    question = make_picture_question(
        {"image": decode_data_uri(picture["image"], "image")}, ["picture.png"], picture["captions"]
    )
    clip = load_permitted(service, name, no_progress)
    scored = score_pictures(clip, question, show_question(clip, question), hides_folder=True, mapped=2)
    answer = dict(encode(scored))
    answer["relevance"].pop("seen")
    return {key: each for key, each in answer.items() if key not in ("definitions", "versions", "device")}


if __name__ == "__main__":
    EXAMPLES_FILE.write_text(
        json.dumps(compute_examples(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
