"""Probe: your pictures and captions by any CLIP, beside the same captions with attributes exchanged.

    tab = build_probe(settings)
    read_caption_of("a red bus and a blue car", off=())     # its chips and its swaps, what `tab.caption_outputs` show
    question(files, caption, others, models)                # a Question, or SpecError with the field that is wrong

torch is imported when a model is first asked; the example that stands on the tab was computed before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.captions.parts import CaptionError, Pair
from explorer.captions.reading import read_caption
from explorer.captions.swapping import swap_pairs, swaps, why_none
from explorer.pages import probe_example as example
from explorer.pages.probe_html import answer_html
from explorer.pages.train import visible
from explorer.pictures import read_file, thumbnail
from explorer.probe import LONGEST_CAPTION, check_captions, list_documents
from explorer.runs.settings import Settings
from explorer.runs.store import RunStore
from explorer.spec import SpecError
from models.configs import shipped_names
from models.names import weights_of
from models.progress import Progress

MOST_PICTURES, MOST_MODELS = 4, 4
MOST_SWAPS = 7
"""Captions that are filled in; a person may type more."""
SIDE = 160
STAGES = {"find": "getting ready", "fetch": "fetching", "build": "building it", "check": "checking it, then scoring"}
_CLICKED = """
element.addEventListener('click', (event) => {
  const chip = event.target.closest('.chip');
  if (!chip) return;
  props.focus = chip.id;
  trigger('select', {place: Number(chip.dataset.place)});
});
watch('value', () => requestAnimationFrame(() => {
  const chip = props.focus && document.getElementById(props.focus);
  if (chip) chip.focus();
  props.focus = null;
}));
"""
_COPIED = """
element.addEventListener('click', async (event) => {
  const button = event.target.closest('.copy');
  if (!button) return;
  const code = button.parentElement.querySelector('code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch { // without https a browser has no clipboard: select it, for Ctrl-C
    getSelection().selectAllChildren(code);
    button.textContent = 'Selected';
  }
});
"""


@dataclass(frozen=True, kw_only=True)
class ProbeTab:
    """The components of the tab."""

    files: Any
    pictures: Any
    caption: Any
    chips: Any
    off: Any
    others: Any
    own: Any
    models: Any
    ask: Any
    cancel: Any
    example: Any
    progress: Any
    answer: Any

    @property
    def caption_outputs(self) -> list[Any]:
        """What `read_caption_of` fills."""
        return [self.chips, self.others, self.off]

    @property
    def inputs(self) -> list[Any]:
        """What a question is made of."""
        return [self.files, self.caption, self.others, self.models, self.own]

    @property
    def example_outputs(self) -> list[Any]:
        """What `example_values` fills."""
        return [self.files, self.pictures, self.caption, *self.caption_outputs, self.models, self.own, self.answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Pictures by the field that an error names, what a person calls them, captions and models."""

    files: dict[str, bytes]
    names: tuple[str, ...]
    thumbnails: tuple[str, ...]
    captions: tuple[str, ...]
    models: tuple[str, ...]


def build_probe(settings: Settings) -> ProbeTab:
    """The tab, showing the example and its answer."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="probe"):
        with gr.Column(scale=2, min_width=300):
            parts |= _build_question(settings)
        with gr.Column(scale=3, min_width=320):
            parts["progress"] = gr.HTML(progress_html(""), elem_id="probe-progress")
            parts["answer"] = gr.HTML(example_answer(), elem_id="probe-answer", js_on_load=_COPIED)
    return ProbeTab(**parts)


def _build_question(settings: Settings) -> dict[str, Any]:
    """Pictures, captions, models and the buttons."""
    chips, others, _ = read_caption_of(example.CAPTIONS[0])
    parts: dict[str, Any] = {}
    parts["pictures"] = gr.HTML(pictures_html(None), elem_id="probe-pictures")
    parts["files"] = gr.File(
        label=f"Your own pictures, up to {MOST_PICTURES}", file_count="multiple", file_types=["image"], height=140,
        elem_id="probe-files",
    )  # fmt: skip
    parts["caption"] = gr.Textbox(
        example.CAPTIONS[0], label="Caption", info="In English, with two objects and what is said of them.",
        max_length=LONGEST_CAPTION, max_lines=1, elem_id="probe-caption",
    )  # fmt: skip
    parts["chips"] = gr.HTML(chips, elem_id="probe-chips", js_on_load=_CLICKED)
    parts["off"] = gr.Textbox("", visible=False)
    parts["others"] = gr.Textbox(
        others, label="Other captions, one a line", info="The swaps of yours; change them, or write your own.",
        lines=2, max_lines=8, elem_id="probe-others",
    )  # fmt: skip
    parts["own"] = gr.Checkbox(
        True, label="The second picture shows the second caption, and so on", elem_id="probe-own", container=False,
        info="Where there are as many captions; else every picture shows the first.",
    )  # fmt: skip
    info = "Type to search. Shipped models and runs." if settings.is_shared else "Type to search, or a name to fetch."
    parts["models"] = gr.Dropdown(
        list(shipped_names()), value=list(shipped_names())[:MOST_MODELS], multiselect=True, max_choices=MOST_MODELS,
        label="Models", info=info, elem_id="probe-models",
        # What is not offered is answered by a sentence, here and on a server that was started anew.
        allow_custom_value=True,
    )  # fmt: skip
    with gr.Row():
        parts["ask"] = gr.Button("Ask", variant="primary", elem_id="probe-ask", min_width=90)
        parts["cancel"] = gr.Button("Cancel", interactive=False, elem_id="probe-cancel", min_width=90)
        parts["example"] = gr.Button("Back to the example", elem_id="probe-example", min_width=150)
    return parts


def example_values() -> tuple[Any, ...]:
    """What `example_outputs` show for the example."""
    read, models = read_caption_of(example.CAPTIONS[0]), list(shipped_names())[:MOST_MODELS]
    return (None, pictures_html(None), example.CAPTIONS[0], *read, models, True, example_answer())


def example_answer() -> str:
    """The answer of the shipped models to the example."""
    return answer_html(example.documents(), example.uris(), own=True)


def read_caption_of(caption: Any, off: Sequence[int] = ()) -> tuple[str, str, str]:
    """The chips of a caption, its swaps one a line, and the places in `off` of pairs that a person took away."""
    try:
        parsed = read_caption(caption)
    except CaptionError as error:
        return f"<p class='quiet'>{escape(str(error))}</p>" if str(caption or "").strip() else "", "", ""
    pairs = parsed.pairs
    off = sorted(set(off) & set(range(len(pairs))))
    found = _swaps_of(parsed.text, pairs, off) if off else [swap.caption for swap in swaps(parsed)]
    why = parsed.why or ("" if found or off else why_none(parsed))
    if off and not found:
        why = "Two pairs are needed for an exchange: write the other caption by hand."
    if len(found) > MOST_SWAPS:
        why = f"It has {len(found)} swaps; the first {MOST_SWAPS} are filled in."
    return chips_html(pairs, off, why), "\n".join(found[:MOST_SWAPS]), ",".join(map(str, off))


def _swaps_of(text: str, pairs: Sequence[Pair], off: Sequence[int]) -> list[str]:
    """Every exchange of two attributes among the pairs that are left, each once."""
    found: list[str] = []
    for first, second in combinations([place for place in range(len(pairs)) if place not in off], 2):
        if pairs[first].noun_span == pairs[second].noun_span:
            continue
        try:
            found.append(swap_pairs(text, pairs, first, second))
        except CaptionError:  # one attribute that is said of two nouns
            continue
    return [caption for caption in dict.fromkeys(found) if caption.lower() != text.lower()]


def toggled(off: Any, place: Any, count: int) -> tuple[int, ...]:
    """The places in `off`, "0,2", with one more or one less; what the browser made up is left out."""
    known = {int(each) for each in str(off or "").split(",") if each.isdecimal() and len(each) < 4}
    if isinstance(place, int) and 0 <= place < count:
        known ^= {place}
    return tuple(sorted(each for each in known if each < count))


def pairs_in(caption: Any) -> int:
    """How many pairs a caption is read as."""
    try:
        return len(read_caption(caption).pairs)
    except CaptionError:
        return 0


def chips_html(pairs: Sequence[Pair], off: Sequence[int], why: str) -> str:
    """A button a pair, pressed while it counts, and the sentence why there is no swap."""
    chips = "".join(
        f"<button type='button' class='chip' id='chip-{place}' data-place='{place}'"
        f" aria-pressed='{str(place not in off).lower()}'><b>{escape(pair.attribute)}</b> {escape(pair.noun)}</button>"
        for place, pair in enumerate(pairs)
    )
    label = "Read from the caption; press what is read wrong"
    group = f"<p class='quiet'>{label}:</p><div class='chips' role='group' aria-label='{label}'>{chips}</div>"
    return (group if chips else "") + (f"<p class='why'>{escape(why)}</p>" if why else "")


def paths_of(files: Any) -> list[Path]:
    """The uploaded files, whose paths Gradio has checked to be uploads."""
    return [Path(str(file)) for file in files] if isinstance(files, list | tuple) else []


def pictures_html(files: Any) -> str:
    """The pictures that are asked about: the example's where there are none, and a sentence in place of a bad one."""
    paths = paths_of(files)
    if not paths:
        shown = [
            f"<img src='{uri}' alt='{caption}'>" for uri, caption in zip(example.uris(), example.CAPTIONS, strict=True)
        ]
        return _figures(shown, ["the example"] * len(shown))
    shown = []
    for path in paths[:MOST_PICTURES]:
        try:
            uri = thumbnail(read_file(path, _field(path)), _field(path), side=SIDE)
            shown.append(f"<img src='{uri}' alt='{escape(path.name)}'>")
        except SpecError as error:
            shown.append(f"<p class='bad' role='alert'><span class='cross'>✗</span> {escape(str(error))}</p>")
    more = f"<p class='why'>{_too_many(len(paths))}.</p>" if len(paths) > MOST_PICTURES else ""
    return _figures(shown, [path.name for path in paths]) + more


def _figures(shown: Sequence[str], names: Sequence[str]) -> str:
    figures = (
        f"<figure>{each}<figcaption>{number}. {escape(name[:40])}</figcaption></figure>"
        for number, (each, name) in enumerate(zip(shown, names, strict=False), start=1)
    )
    return f"<div class='pictures' data-count='{len(shown)}'>{''.join(figures)}</div>"


def _field(path: Path) -> str:
    return f"picture {path.name[:60]}"


def _too_many(count: int) -> str:
    return f"pictures: {count} were given, the most is {MOST_PICTURES}; take some away"


def question(files: Any, caption: Any, others: Any, models: Any) -> Question:
    """What the tab asks, checked; `SpecError` says what is wrong."""
    lines = [line for line in str(others or "").splitlines() if line.strip()]
    captions = check_captions(list(dict.fromkeys([caption, *lines])))
    names = tuple(dict.fromkeys(models)) if isinstance(models, list) else ()
    if not 1 <= len(names) <= MOST_MODELS or not all(isinstance(name, str) for name in names):
        raise SpecError(f"models: choose 1 to {MOST_MODELS}")
    paths = paths_of(files)
    if not paths:
        found = example.files()
        return Question(
            files=found, names=tuple(found), thumbnails=example.uris(), captions=tuple(captions), models=names
        )
    if len(paths) > MOST_PICTURES:
        raise SpecError(_too_many(len(paths)))
    # With its number, as two may have one name.
    fields = {f"picture {number}, {path.name[:60]}": path for number, path in enumerate(paths, start=1)}
    found = {field: read_file(path, field) for field, path in fields.items()}
    small = tuple(thumbnail(data, field, side=SIDE) for field, data in found.items())
    return Question(
        files=found,
        names=tuple(path.name for path in paths),
        thumbnails=small,
        captions=tuple(captions),
        models=names,
    )


def choices(store: RunStore, settings: Settings, run: str, key: str) -> list[tuple[str, str]]:
    """The models to choose from, with their size and whether they are here."""
    listed = list_documents(store, "", closed=not settings.any_start)
    known = {model["name"] for model in listed}
    # Where the list is closed: the visitor's own runs, and that of a link.
    own = [folder.run for folder in visible(store, settings, run, key) if weights_of(folder.model)]
    return [(model_text(model), model["name"]) for model in listed] + [
        (f"{name} · run", name) for name in own if name not in known
    ]


def model_text(model: Any) -> str:
    """A model of the list in one line."""
    parts = [model["name"]]
    if model["parameters"] is not None:
        parts.append(f"{model['parameters'] / 1e6:,.1f} M parameters")
    size = "" if model["bytes"] is None else f", {model['bytes'] / 1e6:,.0f} MB"
    parts.append(f"on disk{size}" if model["on_disk"] else "to be fetched")
    return " · ".join(parts)


def progress_html(text: str, share: float | None = None) -> str:
    """A line that keeps its place while it is empty; `share` of a download fills its bar."""
    width = 0.0 if share is None else 100 * share
    bar = f"<div class='bar'><div style='width:{width:.0f}%'></div></div>"
    return f"<div class='probing' data-busy='{str(bool(text)).lower()}'><p role='status'>{escape(text)}</p>{bar}</div>"


def progress_text(model: str, progress: Progress) -> tuple[str, float | None]:
    """What is said of a model on its way, and the share of its bytes."""
    said = f"{model}: {STAGES[progress.stage]}"
    if progress.stage != "fetch" or not progress.total:
        return said, None
    done, total = progress.done / 1e6, progress.total / 1e6
    return f"{said}, {done:,.0f} of {total:,.0f} MB", min(1.0, progress.done / progress.total)
