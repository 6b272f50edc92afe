"""Nouns from cut-outs: a picture with a transparent background becomes polygons, as the pad of the page makes them.

    noun = noun_of_cutout("bello", image)        # image: Pillow, any mode; its alpha says what is object
    label_cutout(image)                          # (S, S) uint8: 0 outside, or a number of ROLES

Opaque pixels are body; nearly black ones are ink and nearly white ones light, if enough body is left. Each connected
region becomes its outer outline, and the smaller one lies on top: a region within another has the smaller outline, so
the polygons give the picture back. `assets/page/things/outlines.js` is the counterpart.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.world.own import MAX_NOUN_PARTS, MAX_NOUN_POINTS, MIN_BODY_AREA, check_word, noun_document
from explorer.world.things import Noun, NounPart, PaintRole, Points

GRID = 256
"""Cells on a side of the grid on which outlines are found."""
ROLES: tuple[PaintRole, ...] = ("cut", "body", "ink", "light")
"""The role of a region by its label; what lies outside of everything has none."""
_RULES = CONTRACT.outline
_DARK, _BRIGHT = 64, 224
_MARGIN = 2
_SOFTNESS = 0.7
"""Standard deviation in cells of what makes a line of a border in steps."""
CellLabels = NDArray[np.uint8]


def noun_of_cutout(word: str, image: Image.Image) -> Noun:
    """Return the noun of a picture with alpha; raise `UserError` if nothing is to be seen of it."""
    check_word(word, "word")
    regions = sorted(_regions(label_cutout(image)), key=lambda each: -each[2])
    tolerance = _RULES.tolerance
    while True:
        parts = tuple(
            NounPart(role=role, points=points)
            for role, corners, _ in regions[:MAX_NOUN_PARTS]
            if len(points := _unit_points(_simplify(corners, tolerance))) >= 3
        )
        noun = Noun(word=word, parts=parts)
        is_small = sum(len(part.points) for part in parts) <= MAX_NOUN_POINTS
        if not parts:
            reason = "has nothing that is large enough to draw"
            raise UserError("picture", f"{image.width} x {image.height}", reason)
        if is_small and len(noun_document(noun)) <= _RULES.noun_bytes:
            return noun
        tolerance *= _RULES.growth


def label_cutout(image: Image.Image) -> CellLabels:
    """Return (GRID, GRID) the label of each cell; the object fills the grid but for a margin."""
    rgba = image.convert("RGBA")
    box = rgba.getchannel("A").point(lambda level: 255 if level >= 128 else 0).getbbox()
    if box is None:
        raise UserError("picture", f"{image.width} x {image.height}", "has nothing opaque in it")
    if box == (0, 0, *rgba.size):
        corners = [rgba.getpixel((x, y)) for x in (0, rgba.width - 1) for y in (0, rgba.height - 1)]
        if all(isinstance(each, tuple) and each[3] >= 128 for each in corners):
            reason = "has no transparent background; cut the thing out first"
            raise UserError("picture", f"{image.width} x {image.height}", reason)
    cut = rgba.crop(box)
    side = GRID - 2 * _MARGIN
    scale = side / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    small = cut.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    levels = np.array(small)
    opaque = levels[..., 3] >= 128
    labels = np.where(opaque, ROLES.index("body"), 0).astype(np.uint8)
    toned = labels.copy()
    toned[opaque & (levels[..., :3].max(axis=2) < _DARK)] = ROLES.index("ink")
    toned[opaque & (levels[..., :3].min(axis=2) >= _BRIGHT)] = ROLES.index("light")
    if np.count_nonzero(toned == ROLES.index("body")) >= max(2 * MIN_BODY_AREA * GRID**2, opaque.sum() / 5):
        labels = toned
    grid = np.zeros((GRID, GRID), dtype=np.uint8)
    top, left = (GRID - labels.shape[0]) // 2, (GRID - labels.shape[1]) // 2
    grid[top : top + labels.shape[0], left : left + labels.shape[1]] = labels
    return grid


def _regions(labels: CellLabels) -> Iterator[tuple[PaintRole, NDArray[np.float64], float]]:
    """Yield the role, the outer outline (n, 2) and the area within it of each connected region but the outermost."""
    from contourpy import LineType, contour_generator
    from scipy.ndimage import binary_erosion, binary_fill_holes, gaussian_filter, label

    for number, role in enumerate(ROLES):
        found, count = label(labels == number)
        outside = found[0, 0] if number == 0 else 0
        for index in range(1, count + 1):
            region = found == index
            if index == outside or np.count_nonzero(region) < _RULES.min_cells:
                continue
            # Between black and white a picture has gray pixels, which are no body.
            if not binary_erosion(region).any():
                continue
            filled = gaussian_filter(np.pad(binary_fill_holes(region).astype(float), 2), _SOFTNESS)
            lines = contour_generator(z=filled, line_type=LineType.Separate).lines(0.5)
            outline = np.asarray(max(lines, key=lambda line: len(line)), dtype=np.float64)[:-1] - 1.5
            yield role, outline, float(filled.sum())


def _simplify(corners: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Return a ring (n, 2) with fewer corners, none of the others farther than `tolerance` (Douglas, Peucker, 1973)."""
    far = int(np.hypot(*(corners - corners[0]).T).argmax())
    first, second = np.arange(far + 1), np.append(np.arange(far, len(corners)), 0)
    kept = {0, far}
    open_spans = [first, second]
    while open_spans:
        span = open_spans.pop()
        if len(span) < 3:
            continue
        start, end = corners[span[0]], corners[span[-1]]
        along = (end - start) / max(1e-9, float(np.hypot(*(end - start))))
        between = corners[span[1:-1]] - start
        distance = np.abs(between[:, 0] * along[1] - between[:, 1] * along[0])
        if distance.max() > tolerance:
            middle = int(distance.argmax()) + 1
            kept.add(int(span[middle]))
            open_spans += [span[: middle + 1], span[middle:]]
    return corners[sorted(kept)]


def _unit_points(corners: NDArray[np.float64]) -> Points:
    """Return corners of the grid as points of the unit square, in steps of a thousandth."""
    points = np.clip(np.round(corners / GRID, 3), 0, 1).tolist()
    return tuple(dict.fromkeys((float(x), float(y)) for x, y in points))
