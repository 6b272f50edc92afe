"""Make the sheets of the worlds `fashion`, `digits` and `icons`: a row per noun, a column per picture, 8-bit gray.

    python assets/worlds/make.py digits
    python assets/worlds/make.py fashion FOLDER    # Debian's dataset-fashion-mnist: usr/share/datasets/fashion-mnist
    python assets/worlds/make.py icons FILE        # icons.json of npm's @iconify-json/fluent-emoji-high-contrast
    python assets/worlds/make.py outlines          # assets/page/things/icons.js: the icons of the sheet as parts

The first pictures of a class are taken whose silhouette, scaled to the common area and turned, fits its square. The
icons are drawn by Chromium (playwright, as in tests/requirements.txt).
"""

import gzip
import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.world.cutouts import noun_of_cutout
from explorer.world.sprites import fits_in_box, read_sheet
from explorer.world.worlds import ICONS, PICTURE_NOUNS

HERE = Path(__file__).resolve().parent
COUNT = 100
ICON_SIDE = 56
RENAMED = {"train": "locomotive"}
"""Icons under another name than the noun."""
BROWSER = "/usr/bin/chromium"


def digits() -> np.ndarray:
    """Return scikit-learn's digits, 8 x 8 pixels of 17 levels, as (10, COUNT, 8, 8)."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.round(found.images * (255 / 16)).astype(np.uint8)
    return chosen(images, found.target, len(PICTURE_NOUNS["digits"]), is_shaded=False)


def fashion(folder: Path) -> np.ndarray:
    """Return the training pictures of Fashion-MNIST as (10, COUNT, 28, 28)."""
    images = np.frombuffer(gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    return chosen(images.reshape(-1, 28, 28), labels, len(PICTURE_NOUNS["fashion"]), is_shaded=True)


def chosen(images: np.ndarray, labels: np.ndarray, classes: int, *, is_shaded: bool) -> np.ndarray:
    """Return (classes, COUNT, S, S): the first pictures of each class that fit."""
    rows = []
    for each in range(classes):
        kept = [image for image in images[labels == each] if fits_in_box(image, is_shaded=is_shaded)][:COUNT]
        assert len(kept) == COUNT, f"class {each} has only {len(kept)} pictures that fit"
        rows.append(np.stack(kept))
    return np.stack(rows)


def icons(path: Path) -> np.ndarray:
    """Return the icons of the nouns as (nouns, 1, ICON_SIDE, ICON_SIDE)."""
    found = json.loads(path.read_text())["icons"]
    drawn = rasterized([found[RENAMED.get(word, word)]["body"] for word in PICTURE_NOUNS["icons"]])
    for word, image in zip(PICTURE_NOUNS["icons"], drawn, strict=True):
        assert fits_in_box(image, is_shaded=False), f"{word} does not fit"
    return np.stack(drawn)[:, None]


def rasterized(bodies: list[str]) -> list[np.ndarray]:
    """Draw SVG bodies of 32 units in white on black, as gray pictures."""
    from playwright.sync_api import sync_playwright

    drawn = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": ICON_SIDE, "height": ICON_SIDE})
        for body in bodies:
            page.set_content(
                f'<body style="margin:0;background:#000;color:#fff"><svg width="{ICON_SIDE}" height="{ICON_SIDE}" '
                f'viewBox="0 0 32 32" style="display:block">{body}</svg></body>'
            )
            drawn.append(np.array(Image.open(io.BytesIO(page.screenshot())).convert("L")))
        browser.close()
    return drawn


def write_outlines() -> None:
    """Write the icons of the sheet as parts of nouns, which the page offers as pictures of own things."""
    lines = []
    for row, word in enumerate(PICTURE_NOUNS["icons"]):
        coverage = read_sheet(ICONS)[row, 0]
        image = Image.merge("LA", (Image.new("L", coverage.shape, 128), Image.fromarray(coverage)))
        noun = noun_of_cutout(word, image)
        parts = [
            f"{part.role} " + " ".join(f"{round(1000 * x)},{round(1000 * y)}" for x, y in part.points)
            for part in noun.parts
        ]
        lines.append(f"{word}: {'; '.join(parts)}")
    text = "\n".join(lines)
    head = """// The icons that a person may take as pictures: Fluent Emoji High Contrast by Microsoft, MIT, see
// assets/worlds/README.md. `python assets/worlds/make.py outlines` wrote them: a line per icon, its parts as roles with
// corners in thousandths of the unit square.
"""
    (HERE.parent / "page" / "things" / "icons.js").write_text(f"{head}\nexport const ICONS = `{text}`;\n")


def write(name: str, sheet: np.ndarray) -> None:
    """Write (rows, columns, S, S) as one PNG."""
    rows, columns, side, _ = sheet.shape
    joined = sheet.transpose(0, 2, 1, 3).reshape(rows * side, columns * side)
    Image.fromarray(joined).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    if sys.argv[1] == "outlines":
        write_outlines()
        sys.exit()
    made = {"digits": lambda _: digits(), "fashion": fashion, "icons": icons}[sys.argv[1]]
    write(sys.argv[1], made(Path(sys.argv[2]) if len(sys.argv) > 2 else HERE))
