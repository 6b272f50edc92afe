"""The parts of a picture as SVG: a document, lines, texts and marks.

    svg_document("Title", "words", 400, 300, [svg_line(0, 10, 400, 10, GRID_COLOR), svg_circle(20, 10, "4", "")])

The SVG is written directly, because a plotting library would need a browser. Colors work on white and on dark pages.
"""

from collections.abc import Sequence
from html import escape

from explorer.figures.style import COLOR_ROLES

INK_COLOR, QUIET_COLOR, GRID_COLOR, MEAN_COLOR, PAPER_COLOR, OTHER_COLOR, LATE_COLOR = (
    COLOR_ROLES[role][0] for role in ("ink", "quiet", "grid", "right", "panel", "other", "swapped")
)


def svg_document(title: str, words: str, width: float, height: float, parts: Sequence[str]) -> str:
    """Return a picture with its title, and its words for people who do not see it, which also stand at its foot."""
    body = "\n".join([f'<rect width="{width}" height="{height}" fill="{PAPER_COLOR}"/>', *parts])
    foot = svg_text(4, height - 8, words, color=QUIET_COLOR)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="system-ui, sans-serif" font-size="12">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(words)}</desc>\n{body}\n{foot}\n</svg>\n"
    )


def svg_line(x0: float, y0: float, x1: float, y1: float, color: str, *, dash: str = "", width: float = 1) -> str:
    """Return a line between two points in pixels."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {ends} stroke="{color}" stroke-width="{width}"{dashed}/>'


def svg_text(
    x: float, y: float, words: str, *, color: str = INK_COLOR, anchor: str = "start", weight: str = "400"
) -> str:
    """Return a text whose anchor is at a point in pixels."""
    look = f'fill="{color}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'


def svg_circle(x: float, y: float, radius: str, style: str) -> str:
    """Return a circle; `style` has its attributes."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {style}/>'


def svg_square(x: float, y: float, side: float, style: str) -> str:
    """Return a square about a point; `style` has its attributes."""
    return f'<rect x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side}" height="{side}" {style}/>'


def svg_triangle(x: float, y: float, color: str) -> str:
    """Return the hollow triangle of a training that was not bound."""
    path = f"M{x - 4:.1f} {y + 3:.1f}l4 -7 4 7z"
    return f'<path d="{path}" fill="{PAPER_COLOR}" stroke="{color}" stroke-width="1.3"/>'


def along_axis(value: float, ends: tuple[float, float]) -> float:
    """Return how far along an axis a value lies, from 0 to 1."""
    low, high = ends
    return (min(max(value, low), high) - low) / (high - low)
