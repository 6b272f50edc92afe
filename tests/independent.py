"""Binding accuracy of a model folder on a folder of pictures and captions, with open_clip and nothing of this project.

    python -m explorer scenes --preset binding-friendly --count 1000 --size 64 --out scenes
    python tests/independent.py models/checkpoints/things-bound scenes

prints one JSON object. The folder holds metadata.jsonl with `file_name`, `caption` and `swapped_caption` per picture; a
scene without a swapped caption is left out. `binding_from_text` makes the exchange itself, from the words of a caption
such as "a red bus and a blue fish", so that the project's own swaps are checked too.
"""

import json
import sys
from pathlib import Path
from typing import Any

import open_clip
import torch
from PIL import Image

BATCH = 250


def exchanged(caption: str) -> str | None:
    """Exchange the two values in "a VALUE noun and a VALUE noun"; None for any other caption, or equal values."""
    sides = [side.split() for side in caption.split(" and ")]
    if len(sides) != 2 or any(len(words) != 3 or words[0] not in ("a", "an") for words in sides):
        return None
    (_, one, first), (_, other, second) = sides
    if one == other:
        return None
    return " and ".join(
        f"{'an' if value[0] in 'aeiou' else 'a'} {value} {noun}" for value, noun in ((other, first), (one, second))
    )


class Model:
    """A model folder in open_clip's own format."""

    def __init__(self, folder: Path) -> None:
        name = f"local-dir:{folder.resolve()}"
        self.clip, self.preprocess = open_clip.create_model_from_pretrained(name)
        self.clip.eval()
        self.tokenize = open_clip.get_tokenizer(name)

    @torch.inference_mode()
    def images(self, paths: list[Path]) -> torch.Tensor:
        """Return (N, D) embeddings of length 1."""
        parts = []
        for start in range(0, len(paths), BATCH):
            pixels = [self.preprocess(Image.open(path).convert("RGB")) for path in paths[start : start + BATCH]]
            parts.append(self.clip.encode_image(torch.stack(pixels), normalize=True))
        return torch.cat(parts)

    @torch.inference_mode()
    def texts(self, captions: list[str]) -> torch.Tensor:
        """Return (N, D) embeddings of length 1."""
        parts = [
            self.clip.encode_text(self.tokenize(captions[start : start + BATCH]), normalize=True)
            for start in range(0, len(captions), BATCH)
        ]
        return torch.cat(parts)


def share(model: Model, rows: list[dict[str, Any]], folder: Path, wrong: list[str | None]) -> dict[str, float]:
    """Return the share of pictures nearer to their caption than to the wrong one, a tie as one half, and its n."""
    kept = [(row, text) for row, text in zip(rows, wrong, strict=True) if text is not None]
    images = model.images([folder / row["file_name"] for row, _ in kept])
    right, other = model.texts([row["caption"] for row, _ in kept]), model.texts([text for _, text in kept])
    gap = (images * right).sum(1) - (images * other).sum(1)
    return {"value": float(((gap > 0).float() + 0.5 * (gap == 0).float()).mean()), "n": len(kept)}


def parts(model: Model, rows: list[dict[str, Any]], folder: Path) -> dict[str, float]:
    """Ask for both objects one by one: the sums of the cosines to their captions, right against exchanged."""
    kept = [row for row in rows if exchanged(row["caption"])]
    images = model.images([folder / row["file_name"] for row in kept])
    sums = []
    for captions in ([row["caption"] for row in kept], [str(exchanged(row["caption"])) for row in kept]):
        sides = [model.texts([caption.split(" and ")[side] for caption in captions]) for side in (0, 1)]
        sums.append(sum((images * side).sum(1) for side in sides))
    gap = sums[0] - sums[1]
    return {"value": float(((gap > 0).float() + 0.5 * (gap == 0).float()).mean()), "n": len(kept)}


def recompute(model_folder: Path, scenes: Path) -> dict[str, dict[str, float]]:
    """Score a model folder on a folder of scenes."""
    rows = [json.loads(line) for line in (scenes / "metadata.jsonl").read_text().splitlines()]
    model = Model(model_folder)
    scores = {
        "binding_accuracy": share(model, rows, scenes, [row["swapped_caption"] for row in rows]),
        "recognition_accuracy": share(model, rows, scenes, [row["replaced_caption"] for row in rows]),
    }
    if any(exchanged(row["caption"]) for row in rows):
        own = [exchanged(row["caption"]) for row in rows]
        scores |= {"binding_from_text": share(model, rows, scenes, own), "parts_accuracy": parts(model, rows, scenes)}
    return scores


if __name__ == "__main__":
    print(json.dumps(recompute(Path(sys.argv[1]), Path(sys.argv[2]))))
