"""Play shows what was dialed beside what is measured and what a batch is like, and needs no torch for it."""

import re
import subprocess
import sys
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from explorer.pages.app import build_app
from explorer.pages.shared.url_state import TABS
from explorer.pages.shared.values import value_text
from explorer.pages.workbench.data_column import SCENES, _preview, sentence_html, show, train_label
from explorer.pages.workbench.play_events import _turn
from explorer.runs.queue import estimate_s
from explorer.runs.store import RunStore
from explorer.service.endpoints import resolve
from explorer.settings import LOCAL
from explorer.spec.dials import DIALS
from explorer.spec.presets import PRESETS
from explorer.spec.run_spec import RunSpec
from explorer.world.preview import preview
from explorer.world.worlds import WORLDS

ROOT = Path(__file__).parents[3]
SPEC = resolve("web-like", {"saliency_bias": 0.5, "attribute_kinds": "color,pattern", "batch_size": 64})


def table_of(html: str) -> dict[str, list[str]]:
    """The cells behind each label."""
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", html)]
    return {unescape(cells[0]): [unescape(cell) for cell in cells[1:]] for cells in lines if cells}


def rates_of(html: str) -> list[str]:
    found = re.search(r"<ul id='rates'>(.*?)</ul>", html)
    assert found is not None
    return re.findall(r"<li>(.*?)</li>", re.sub(r"</?b>", "", found[1]))


def test_dialed_stands_beside_measured() -> None:
    table = table_of(show(SPEC)[2])
    measured = preview(SPEC.data, SPEC.train, WORLDS["things"], seed=0, count=1, size=32).measured
    assert set(table) == {DIALS[name].label for name in measured}
    found = measured["saliency_bias"]
    assert found is not None
    assert table["Saliency bias"] == [
        "0.5",
        f"{found['value']:.3g}",
        f"{found['low']:.2f} to {found['high']:.2f}",
        str(found["n"]),
    ]
    assert found["low"] <= 0.5 <= found["high"]
    assert table["Kinds of attributes"][:2] == ["color, pattern", "color, pattern"]
    assert table["Objects in image"][:2] == ["4", "4"]


def test_what_no_caption_shows_is_said_to_be_unseen() -> None:
    complete = resolve("binding-friendly", {"saliency_bias": 0.7})
    assert table_of(show(complete)[2])["Saliency bias"] == ["0.7", "nothing in these captions shows it"]


def test_rates_are_those_of_the_batch() -> None:
    html = show(SPEC)[2]
    rates = preview(SPEC.data, SPEC.train, WORLDS["things"], seed=0, count=1, size=32).rates
    assert "In a batch of 64 pairs" in html
    assert [line.split(" ")[0] for line in rates_of(html)] == [
        f"{100 * rates[name]:.3g}" for name in ("swappable", "duplicate_captions", "false_negatives")
    ]


def test_hard_negatives_are_told_only_when_they_are_dialed() -> None:
    assert not any("hard negative" in line for line in rates_of(show(SPEC)[2]))
    lines = rates_of(show(resolve("web-like", {"hard_negatives": 1.0}))[2])
    assert len(lines) == 4 and "get a hard negative" in lines[-1]


def test_each_preset_is_shown_whole() -> None:
    for preset in PRESETS.values():
        sentence, scenes, facts, measured = show(preset.spec)
        assert unescape(sentence) == f"<p>{preset.sentence}</p>"
        assert scenes.count("<figure class='scene'>") == SCENES and f"data-count='{SCENES}'" in scenes
        assert "nan" not in facts and "None" not in facts
        assert "What training on such data gave" in measured and "None" not in measured


def test_the_sentence_tells_what_was_changed() -> None:
    html = sentence_html(SPEC)
    assert "Changed: kinds of attributes color, pattern, saliency bias 0.5, batch size 64." in html
    assert "Changed" not in sentence_html(PRESETS["web-like"].spec)
    assert "steps 7" in sentence_html(resolve("web-like", {"steps": 7}))


def test_the_scenes_follow_the_seed_and_nothing_of_the_optimizer() -> None:
    scenes = show(resolve("web-like", {}))[1]
    assert show(resolve("web-like", {"steps": 7, "loss": "siglip"}))[1] == scenes
    assert show(resolve("web-like", {"seed": 7}))[1] != scenes


def test_what_was_shown_is_kept() -> None:
    spec = resolve("web-like", {"seed": 12345})
    show(spec)
    before = _preview.cache_info()
    show(RunSpec(data=spec.data, train=spec.train, preset="salient"))
    after = _preview.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
    assert after.maxsize is not None, "a page that is played with for a day must not fill the memory"


def test_the_button_says_how_long_it_takes(store: RunStore) -> None:
    spec = resolve("binding-friendly", {"steps": 180})
    seconds = re.fullmatch(r"Train this yourself \(about (\d+) s here\)", train_label(spec, store))
    assert seconds is not None
    low, high, _ = estimate_s(store, spec)
    assert low < int(seconds[1]) < high
    assert "min here" in train_label(resolve("binding-friendly", {"steps": 1800}), store)


def test_the_ways_on_lead_to_tabs_that_are_there(store: RunStore) -> None:
    app = build_app(store, LOCAL)
    ways = {
        block.elem_id: block for block in app.blocks.values() if block.elem_id in ("to-train", "to-probe", "to-study")
    }
    assert ways["to-study"].visible == ("study" in TABS) and ways["to-probe"].visible
    turns = [fn for fn in app.fns.values() if isinstance(fn.fn, partial) and fn.fn.func is _turn]
    assert {fn.fn.args[0] for fn in turns} == {"train", "probe", "study"} & set(TABS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (1 / 3, "0.333"),
        (2e-3, "0.002"),
        (4, "4"),
        (("a", "b"), "a, b"),
        ("<b>'", "&lt;b&gt;&#x27;"),
    ],
)
def test_values_as_a_person_writes_them(value: object, text: str) -> None:
    assert value_text(value) == text


def test_the_page_is_built_without_torch(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from explorer.pages.app import build_app;"
        "from explorer.settings import LOCAL; from explorer.runs.store import RunStore;"
        f"build_app(RunStore(Path({str(tmp_path)!r})), LOCAL);"
        "sys.exit(', '.join({'torch', 'plotly', 'open_clip', 'transformers', 'sklearn'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
