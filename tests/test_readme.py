"""Check README.md and docs/ against the code: links, commands, presets, endpoints, limits and folders."""

import json
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from explorer.classroom.deal import MAX_KAPPA, MIN_KAPPA, MIN_TOLD, NUM_DATA_SETS, deal_spec
from explorer.classroom.handed_in import MAX_MODEL_BYTES, NUM_SCORED_SCENES
from explorer.classroom.nicknames import LONGEST_NICKNAME
from explorer.classroom.own_things import MAX_THING_BYTES
from explorer.classroom.room import MAX_PUPILS
from explorer.classroom.rooms import MAX_WRONG_CODES, WRONG_SPAN_S
from explorer.classroom.stops import OWN_STEP, STEP_MINUTES
from explorer.classroom.wall import SILENT_S
from explorer.cli import app
from explorer.contract import CONTRACT
from explorer.errors import UserError
from explorer.presets import PRESETS
from explorer.runs.files import MB
from explorer.runs.queue import MIN_FREE_BYTES_OF_RUN
from explorer.settings import LOCAL, SHARED, VARIABLES, unread_variables
from explorer.spec import RunSpec
from explorer.tools.asking import swaps
from explorer.views.rate_limit import MAX_CHARGE, RATE_LIMITS, SECONDS_PER_REQUEST
from explorer.web.downloads import MODEL_UPLOAD_S
from explorer.web.events import UNHEARD_S
from explorer.web.guard import LARGE_BODY_VIEWS, MAX_BODY, MAX_LARGE_BODY, MAX_PARTS, MAX_TOOL_CALLS, MIN_FREE_BYTES
from explorer.web.onefile import OFFLINE_VIEWS
from explorer.world.own import MAX_NOUN_POINTS
from research.__main__ import program
from research.critics import critic_losses
from research.documents import teaching_mixtures
from research.fourth_cells import OTHER_RATES, WEB_STARTS
from research.fourth_facts import fourth_facts
from research.study_facts import STUDY_CELLS, WEB_LIKE, StudyFacts, study_facts

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
DOC_PAGES = sorted(DOCS.glob("*.md"))
WRITTEN_BY_HAND = [README, ROOT / "CONTRIBUTING.md", *DOC_PAGES]
WRITTEN_BY_HAND += [ROOT / "research" / "README.md"]
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "STUDY.md",
    ROOT / "research" / "README.md",
    *DOC_PAGES,
]
MAX_BYTES = 12_288
PAGE_NAMES = [each.page_name for each in PRESETS.values()]
FRONT_MATTER = ("title", "emoji", "sdk", "sdk_version", "python_version", "app_file", "license", "short_description")
COMMAND = re.compile(r"^(?:\.venv/bin/python -m explorer|clip-binding) (.*)$", re.MULTILINE)
RESEARCH_COMMAND = re.compile(r"^\.venv/bin/python -m research (.*)$", re.MULTILINE)
INLINE_COMMAND = re.compile(r"`(?:\.venv/bin/python -m explorer|clip-binding) ([^`\n]+)`")
TESTS_COMMAND = re.compile(r"(?:^|`)\.venv/bin/python -m (tests[\w.]*)", re.MULTILINE)
PLAIN_PYTHON = re.compile(r"(?<![\w/])python3? -m (?:explorer|research|tests)\b.*")
"""A command that fails where only the virtual environment has the packages."""


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text(path), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The fragments by which a link reaches the headings and the named places of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    named = re.findall(r'<a id="([^"]+)"></a>', prose(path))
    return {*named} | {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    """Each link of the page to a file or heading that does not exist."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", target):
            continue
        name, _, fragment = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (fragment and fragment not in anchors(path)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    assert not list(broken_links(page))


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[here](#a-title) [gone](gone.md) [no heading](page.md#b)\n")
    assert list(broken_links(page)) == ["gone.md", "page.md#b"]


def test_every_page_of_docs_is_linked_from_the_readme() -> None:
    assert not [page.name for page in DOCS.iterdir() if f"(docs/{page.name})" not in text(README)]


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: page.name)
def test_commands_are_accepted_by_the_parser(page: Path) -> None:
    for line in COMMAND.findall(text(page)) + INLINE_COMMAND.findall(text(page)):
        tokens = [each for each in shlex.split(line, comments=True) if each != "--json"]
        command, given, _ = app.parse_args(tokens)
        assert command != app.help_print and given.kwargs.get("preset") in (None, *PRESETS, *PAGE_NAMES), line
    for line in RESEARCH_COMMAND.findall(text(page)):
        tokens = [each for each in shlex.split(line, comments=True) if each != "--json"]
        assert program.parse_args(tokens)[0] != program.help_print, line


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: page.name)
def test_commands_run_the_python_that_has_the_packages(page: Path) -> None:
    assert not PLAIN_PYTHON.findall(text(page))
    assert all(find_spec(module) for module in TESTS_COMMAND.findall(text(page)))


def test_commands_are_seen_in_blocks_and_in_sentences() -> None:
    page = "```\n.venv/bin/python -m explorer models   # all\n```\nAs `clip-binding app` or `python -m tests.a`.\n"
    assert COMMAND.findall(page) == ["models   # all"] and INLINE_COMMAND.findall(page) == ["app"]
    assert PLAIN_PYTHON.search(page) and TESTS_COMMAND.findall("`.venv/bin/python -m tests.a b`") == ["tests.a"]


@pytest.mark.slow
def test_the_lines_of_python_print_what_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(.+?)```\n\n```\n(.+?)```", text(README), re.DOTALL)
    assert found
    exec(found[1], {})
    assert capsys.readouterr().out == found[2]


def test_pairs_need_the_columns_that_the_readme_names(tmp_path: Path) -> None:
    found = re.search(r"`swaps` makes a test from a table with the columns `(\w+)` and `(\w+)`", text(README))
    assert found and "swaps --file captions.csv --pairs pairs.csv" in text(README)
    row = {"caption": '"a red bus and a blue car"', "image": "bus.png"}
    assert {*found.groups()} == {*row}
    table, pairs = tmp_path / "captions.csv", tmp_path / "pairs.csv"
    for columns in ([*row], ["caption"], ["image"]):
        table.write_text("\n".join([",".join(columns), ",".join(row[each] for each in columns)]) + "\n")
        if missing := {*row} - {*columns}:
            with pytest.raises(UserError, match=missing.pop()):
                list(swaps(file=table, pairs=pairs))
        else:
            assert [each["pairs"] for each in swaps(file=table, pairs=pairs)] == [1]
            assert pairs.read_text().splitlines()[0].startswith("image,caption,")


def test_the_table_of_limits_has_every_variable_with_the_values_of_both_settings() -> None:
    def shown(value: float | str) -> str:
        return value if isinstance(value, str) else f"{float(value):,.15g}"

    rows = re.findall(r"^\| .+ \| `(EXPLORER_\w+)` \| (.*) \| (.*) \|$", text(DOCS / "limits.md"), re.MULTILINE)
    values = {
        variable: (shown(getattr(LOCAL, name)), shown(getattr(SHARED, name))) for name, variable in VARIABLES.items()
    }
    others = dict.fromkeys(("EXPLORER_PUBLIC", "EXPLORER_RUNS", "EXPLORER_STUDY"), ("", ""))
    assert {name: (local, public) for name, local, public in rows} == values | others
    assert len(rows) == len(values | others) and not unread_variables({**values, **others})


def passages(page: Path) -> list[str]:
    """The rows of tables and the sentences of a page."""
    lines = prose(page).splitlines()
    return [each for line in lines for each in ([line] if line.startswith("|") else re.split(r"(?<=[.?!]) ", line))]


def says(passage: str, part: str | float) -> bool:
    """Whether a passage has these words, or this number by itself."""
    if isinstance(part, str):
        return part in passage
    return re.search(rf"(?<![\d.,]){re.escape(f'{part:,}')}(?!\d|[.,]\d)", passage) is not None


Fact = tuple[str | float, ...]
"""Key words, and the numbers that belong to them."""


def unsaid(page: Path, *facts: Fact) -> list[Fact]:
    """The facts of which no passage of the page says all."""
    every = passages(page)
    return [fact for fact in facts if not any(all(says(passage, part) for part in fact) for passage in every)]


def test_a_wrong_number_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A body has at most 1,000 MB. A head has 5 kB.\n\n| rooms | 10 |\n")
    assert unsaid(page, ("body", "MB", 1000), ("head", 5), ("rooms", 10)) == []
    wrong = [("body", "MB", 100), ("body", "MB", 1), ("body", "MB", 5), ("rooms", 1), ("room", 5)]
    assert unsaid(page, *wrong) == wrong


def test_the_pages_have_the_limits_of_the_contract() -> None:
    question, file_mb = CONTRACT.question, CONTRACT.file_bytes.captions // 1_000_000
    sizes = (question.picture_bytes // 1_000_000, question.picture_pixels // 1_000_000)
    asked = ("pictures", "captions", question.pictures, *sizes, question.captions, question.caption_length)
    assert unsaid(DOCS / "limits.md", asked) == []
    for page in ("captions.md", "benchmarks.md"):
        facts = (("aptions", "characters", question.caption_length), ("file", "MB", file_mb))
        assert unsaid(DOCS / page, *facts) == []


@pytest.mark.parametrize(
    ("page", "words", "more"), [(README, "`only=`", {"outcome"}), (DOCS / "browser.md", "VIEW is", set())]
)
def test_a_view_alone_is_one_that_needs_no_server(page: Path, words: str, more: set[str]) -> None:
    (listed,) = (each for each in passages(page) if words in each and "`lesson`" in each)
    assert set(re.findall(r"`(\w+)`", listed)) == more | set(OFFLINE_VIEWS)


def test_the_page_of_limits_has_those_of_every_server() -> None:
    question = CONTRACT.question
    facts: tuple[Fact, ...] = (
        ("of a core", "ms", round(1000 * SECONDS_PER_REQUEST), round(MAX_CHARGE)),
        ("request body", "MB", MAX_BODY // MB),
        (*(f"`{view}`" for view in LARGE_BODY_VIEWS), "MB", MAX_LARGE_BODY // MB),
        ("zip of a run", "MB", CONTRACT.file_bytes.run_zip // MB),
        ("body of JSON", "values", MAX_PARTS),
        ("nobody listens", "seconds", round(UNHEARD_S)),
        ("MCP tools", "at once", MAX_TOOL_CALLS),
        ("connections are open", SHARED.most_connections),
        ("model of a pupil's device", "MB", MAX_MODEL_BYTES // MB),
        ("at most", "data URIs", "MB", question.upload_bytes // MB),
        ("no further run", "MB", MIN_FREE_BYTES_OF_RUN // MB),
        ("temporary folder", "MB", MIN_FREE_BYTES // MB),
    )
    assert unsaid(DOCS / "limits.md", *facts) == []


def test_the_table_of_own_worlds_has_the_limits_of_the_contract() -> None:
    limits = CONTRACT.own_world
    facts = (
        ("| things |", limits.min_nouns, limits.max_nouns),
        ("| parts of a thing |", "`body`", "%", limits.noun_parts, 100 * limits.body_area),
        ("| points |", limits.points),
        ("| bytes |", "spaces", "file", limits.bytes, limits.file_bytes),
        ("| a name |", "letters", limits.word_signs),
    )
    assert unsaid(DOCS / "things.md", *facts) == []


def test_the_page_of_a_class_has_its_limits() -> None:
    spans = {60.0: "minute", 600.0: "10 minutes", 3600.0: "hour"}
    rates = {kind: (each.most, spans[each.span_s]) for kind, each in RATE_LIMITS.items() if each.span_s in spans}
    budget, level = deal_spec("KRTM", 0).train, round(100 * CONTRACT.binding.level)
    facts = (
        ("| pupils per room |", MAX_PUPILS),
        ("| different wrong codes", spans[WRONG_SPAN_S], MAX_WRONG_CODES),
        ("| pupils that join", *rates["pupils"]),
        ("| rooms opened", *rates["classes"]),
        ("| body of a request |", "MB", MAX_BODY // MB),
        ("| a model |", "MB", "minutes", MAX_MODEL_BYTES // MB, round(MODEL_UPLOAD_S / 60), *rates["models"]),
        ("| things |", "points", "bytes", CONTRACT.own_world.max_nouns, MAX_NOUN_POINTS, MAX_THING_BYTES),
        ("| things |", "tries", *rates["things"]),
        ("| life of a code |", "hours", CONTRACT.class_hours),
        ("deleted", "drawings", "hours", CONTRACT.class_hours),
        ("nickname", "characters", LONGEST_NICKNAME),
        ("data sets", "from easy to hard", NUM_DATA_SETS),
        ("Kappa", "ratios", MIN_KAPPA, MAX_KAPPA, round(10 * MIN_TOLD), 10),
        ("budget", "pairs", budget.steps * budget.batch_size),
        ("Training stops", "in a row", "interval", "%", level),
        ("scenes of the room", NUM_SCORED_SCENES),
        ("the dot fills", "%", level),
        ("without news", "seconds", round(SILENT_S)),
    )
    assert unsaid(DOCS / "class.md", *facts) == []
    minutes = {step: minutes for step, minutes in STEP_MINUTES.items() if minutes and step != OWN_STEP}
    told = re.findall(r"^\| (\d+) \| [A-Z]", text(DOCS / "class.md"), re.MULTILINE)
    assert [int(each) for each in told] == [*minutes.values()]
    total = sum(minutes.values())
    assert unsaid(DOCS / "class.md", ("minutes", "also draws", total, total + STEP_MINUTES[OWN_STEP])) == []


def test_the_glossary_has_the_rules_of_the_contract() -> None:
    score, binding = CONTRACT.score, CONTRACT.binding
    shares = (score.reliable, score.in_part, binding.level, CONTRACT.confidence)
    reliable, in_part, level, confidence = (round(100 * each) for each in shares)
    facts = (
        ("| binds reliably |", "or above", reliable),
        ("| binds, not reliably |", "or more", reliable, in_part),
        ("| barely above chance |", "below", in_part),
        ("evaluations in a row", "`binding_step`", binding.in_a_row, confidence, level),
        ("| bound at the end |", "last evaluation", binding.in_a_row, confidence, level),
    )
    assert unsaid(DOCS / "glossary.md", *facts) == []


def test_pages_that_name_the_size_of_an_own_world_have_that_of_the_contract() -> None:
    size = f"{CONTRACT.own_world.min_nouns} to {CONTRACT.own_world.max_nouns} things"
    for page in ("class.md", "things.md"):
        told = re.findall(r"world\b[^.]*? has (\d+ to \d+ things)", text(DOCS / page))
        assert told and set(told) == {size}, page


def test_the_architecture_names_every_folder_and_no_other() -> None:
    tree = text(DOCS / "architecture.md").split("```")[1]
    block = tree[tree.index("\nexplorer/\n") + 1 : tree.index("\nresearch/")]
    named, parents = set(), ["explorer"]
    for indent, name in re.findall(r"^( +)([\w]+)/ ", block, re.MULTILINE):
        parents[len(indent) // 2 :] = [name]
        named.add("/".join(parents))
    assert named == {
        path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "explorer").rglob("*/__init__.py")
    } - {"explorer"}
    files = set(re.findall(r"^  (\w+\.py) ", block, re.MULTILINE))
    assert files == {path.name for path in (ROOT / "explorer").glob("*.py")} - {"__init__.py", "__main__.py"}


def test_the_architecture_names_every_script_of_the_engine_and_no_other() -> None:
    block = text(DOCS / "architecture.md").split("```\nassets/engine/\n")[1].partition("```")[0]
    own, _, of_training = block.partition("  train/\n")
    folder = ROOT / "assets" / "engine"
    named = re.findall(r"^ +(\S+) .*$", own, re.MULTILINE)
    named += [f"train/{name}" for name in re.findall(r"^ +(\S+) .*$", of_training, re.MULTILINE)]
    assert sorted(named) == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*js"))
    for module in set(re.findall(r"\w+/\w+\.py", block)):
        assert (ROOT / "explorer" / module).is_file(), module


def test_the_architecture_names_every_script_that_views_share_and_no_other() -> None:
    block = text(DOCS / "architecture.md").split("Modules that several views share")[1].split("\n\n")[1]
    scripts = {path.name for path in (ROOT / "assets" / "page").glob("*.js")}
    assert sorted(re.findall(r"`([\w-]+\.js)`", block)) == sorted(scripts)


def test_the_tests_have_a_folder_for_each_folder_of_the_code() -> None:
    folders = {path.parent.name for path in (ROOT / "explorer").glob("*/__init__.py")}
    units = {path.parent.name for path in (ROOT / "tests" / "unit").glob("*/test_*.py")}
    assert units == folders - {"web"} | {"protocol"} and [*(ROOT / "tests" / "web").glob("test_*.py")]


def test_the_readme_is_short() -> None:
    assert README.stat().st_size <= MAX_BYTES


@pytest.fixture(scope="module")
def facts() -> StudyFacts:
    facts = study_facts()
    assert facts is not None
    return facts


@pytest.mark.slow
def test_the_findings_of_the_readme_are_those_of_the_study(facts: StudyFacts) -> None:
    page = text(README)
    first_screen, _, section = (each.partition("\n## ")[0] for each in page.partition("## What was found"))
    fourth = fourth_facts()
    told, half, quarter = (STUDY_CELLS[name] for name in ("all_again", "half_again", "quarter_again"))
    lead = [f"about {fourth.when(*cell, form='own')}" for cell in (told, half)]
    never, study = f"{fourth.bound_at_end(*quarter, form='own')} learned it", text(ROOT / "STUDY.md")
    assert all(words in first_screen for words in lead)
    assert all(words in part for words in lead for part in (section, study))
    assert f"{fourth.bound_at_end(*quarter, form='own')} were bound" in study
    assert f"{never} in {fourth.last_pairs(*quarter)} pairs" in section
    assert {fourth.last_pairs(*cell) for cell in (told, half, quarter)} == {"184,320"}
    assert fourth.count_closed() == facts.count_outcomes("open"), "each is closed by the fourth edition"
    right_ones, wrong = (facts.count_outcomes(word) + fourth.count_closed(word) for word in ("inside", "outside"))
    on_fitted = facts.count_on_fitted("inside") + fourth.count_closed_on(facts.fitted_data, "inside")
    tenth, mixtures = ("naming-cliff", "2 objects: 10%"), teaching_mixtures(facts)
    scores = ("binding_accuracy", "single_object_accuracy")
    right = [f"{100 * facts.mean(*tenth, f'canonical.{score}.value'):.0f} %" for score in scores]
    aided, unaided, web_aided = (
        facts.ever_bound("with-headroom", cell, "canonical")
        for cell in ("three named: hard negatives", "three named: none", "web-like: hard negatives")
    )
    said: tuple[Fact, ...] = (
        ("small models", len(facts.rows)),
        ("With 10 in a hundred", f"{right[0]} about two", f"{right[1]} about one"),
        ("taught both questions", f"in {', '.join(map(str, mixtures[:-1]))} or {mixtures[-1]} of a hundred"),
        ("none names both", facts.ever_bound("silence", "completeness 0.5: 1", "canonical")),
        ("four things in the picture", facts.ever_bound("naming-cliff", "4 objects: 10%", "canonical")),
        ("two always named", facts.ever_bound("naming-cliff", "4 objects: 100%", "canonical")),
        (f"{facts.ever_bound_of(WEB_LIKE)} bound", round(facts.mean(*WEB_LIKE[-1], "pairs"))),
        (f"{aided} models bound with them", f"{unaided} without"),
        ("On web-like captions", f"{web_aided} bound, with them or without"),
        (f"{len(facts.outcomes)} forecasts", f"{right_ones} were right", f"{wrong} wrong"),
        ("forecasts", f"{facts.count_outcomes('too short to tell')} undecided"),
        ("to which it was fitted", f"{on_fitted} of them"),
    )
    assert unsaid(README, *said) == []


@pytest.mark.slow
def test_what_the_readme_says_of_the_fourth_edition_is_in_the_rows() -> None:
    fourth = fourth_facts()
    slower = STUDY_CELLS["quarter_half_rate"]
    kept, reverse, (slow, _) = (
        STUDY_CELLS["to_quarter"],
        STUDY_CELLS["last_quarter"],
        OTHER_RATES["a quarter of the rate"],
    )
    longest, (*others, after) = STUDY_CELLS["last_longest"], WEB_STARTS
    bound = sum(fourth.num_bound_at_end(*cell, form="own") for cell in others)
    unbound = sum(fourth.num_seeds(*cell) for cell in others)
    tidy_first = STUDY_CELLS["to_web"]
    assert fourth.kept(*tidy_first) == "0 of 5", "all lost it"
    said = (
        (
            f"After {fourth.dose(*tidy_first)} tidy pairs",
            f"all {fourth.num_seeds(*tidy_first)}; {fourth.num_bound_at_end(*tidy_first, form='canonical')} ",
        ),
        (
            "from one start",
            f"{fourth.bound_at_end(*after, form='own')} bound",
            f"{bound} of {unbound} from eight others",
        ),
        (
            "half the learning rate",
            fourth.bound_at_end(*slower, form="own"),
            f"about {fourth.when(*slower, form='own')}",
        ),
        ("taught more", f"{fourth.dose(*kept)} tidy pairs"),
        ("read these", f"{fourth.last_pairs(*kept)} pairs with a quarter"),
        ("with a quarter of the colors told", f"{fourth.bound_at_end(*kept, form='canonical')} are bound about two"),
        ("In reverse order", f"{fourth.bound_at_end(*reverse, form='canonical')} are bound"),
        (f"{fourth.dose(*kept)} last, at a quarter", f"rate, {fourth.num_bound_at_end(*slow, form='canonical')}."),
        (
            f"{fourth.last_pairs(*longest)} tidy pairs last",
            f"{fourth.bound_at_end(*longest, form='canonical')} are",
        ),
    )
    assert unsaid(README, *said) == []


@pytest.mark.slow
def test_no_web_like_training_has_learned_its_bag_of_words(facts: StudyFacts) -> None:
    methods = text(ROOT / "docs" / "study-methods.md")
    assert "The loss of every one is still above that of a perfect bag of words" in methods
    rows = [row for cell in WEB_LIKE for row in facts.rows_of(*cell)]
    bag = critic_losses(RunSpec.from_json(json.loads(rows[0]["spec"]))).bag
    assert len(rows) == 22 and all(row["loss"] > bag + 0.1 for row in rows)


def test_the_readme_starts_with_the_front_matter_of_a_space() -> None:
    front = text(README).split("---\n")[1]
    assert all(re.search(rf"^{key}: \S", front, re.MULTILINE) for key in FRONT_MATTER)
    words = re.search(r"^short_description: (.*)$", front, re.MULTILINE)
    assert words is not None and len(words[1]) <= 60
