"""Progress of a model as text and as a bar.

progress_html("things-bound: getting ready", busy=True)
progress_text("things-bound", Progress(stage="fetch", done=5, total=10))     # ("things-bound: fetching ...", 0.5)
"""

from html import escape

from explorer.clip.loading_progress import Progress

STAGES = {"find": "getting ready", "fetch": "fetching", "build": "building it", "check": "checking it, then scoring"}


def progress_html(text: str, *, busy: bool = False, share: float | None = None, old: bool = False) -> str:
    """Return the progress, or the question of the answer, in a fixed place; `share` of a download fills a bar.

    `old` marks the answer below as that of another question.
    """
    bar = f"<div class='bar'><div style='width:{100 * (share or 0.0):.0f}%'></div></div>"
    state = f"data-busy='{str(busy).lower()}' data-old='{str(old).lower()}'"
    return f"<div class='probing' {state}><p role='status'>{escape(text)}</p>{bar}</div>"


def progress_text(model: str, progress: Progress) -> tuple[str, float | None]:
    """Return the progress text of a model, and the share of its bytes."""
    said = f"{model}: {STAGES[progress.stage]}"
    if progress.stage != "fetch" or not progress.total:
        return said, None
    done, total = progress.done / 1e6, progress.total / 1e6
    return f"{said}, {done:,.0f} of {total:,.0f} MB", min(1.0, progress.done / progress.total)
