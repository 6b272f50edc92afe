"""Questions to the product, in the words of each way in."""

from tests.oracles.store import STATES

CALLS = (
    'scenes(preset="web-like", overrides={"saliency_bias": 0.5}, count=2, seed=3, size=32)',
    'scenes(preset="things", overrides={})',
    'scenes(preset="web-like", overrides={}, count=1000)',
    'scenes(preset="web-like", overrides={"no_dial": 1})',
    *(f'run_status(run="{state}", since_step=10)' for state in STATES),
    'run_status(run="finished")',
    'run_status(run="../finished")',
    'run_status(run="finished", since_step=-1)',
    *(
        f'report(run="{run}")'
        for run in ("finished", "running", "stopped", "damaged-status", "damaged-report", "nothing")
    ),
    'swaps(caption="a red bus and a blue car")',
    'swaps(caption="two dogs chase a small cat under the wooden table", kinds="all")',
    'swaps(caption="a bus")',
    'swaps(caption="a red bus", kinds="nothing")',
    'swaps(caption="")',
    'models(search="things")',
    'models(search="finished")',
    'score(model="things-bound", images=[IMAGE], captions=["a red bus and a blue car", "a blue bus and a red car"])',
    'score(model="nothing", images=[IMAGE], captions=["a red bus"])',
    'score(model="things-bound", images=["/etc/passwd"], captions=["a red bus"])',
    'score(model="things-bound", images=[IMAGE], captions=[])',
    'study(claim="single-flaws")',
    'study(claim="naming")',
    'study(claim="naming-cliff")',
    'study(claim="nothing")',
    'start_run(preset="salient", overrides={"saliency_bias": 0.5}, steps=12, seed=4, owner_key=KEY)',
    'start_run(preset="nothing")',
    'start_run(preset="salient", overrides={"batch_size": 1})',
    'start_run(preset="salient", init="/etc/passwd")',
    'start_run(preset="salient", owner_key="short")',
    'stop_run(run="queued", owner_key=KEY)',
    'stop_run(run="running", owner_key=KEY)',
    'stop_run(run="finished", owner_key=KEY)',
    'stop_run(run="queued", owner_key="0")',
)
"""Calls of the endpoints and of `explorer.api`; IMAGE is a scene as a data URI. Those that change runs come last."""

ROUTES = (
    *("", "lesson", "class", "class/plan", "class/plan?lang=zh", "about", "teach", "nothing"),
    *(f"v/pairs.json?world={world}" for world in ("things", "shapes", "nothing")),
    *(f"v/run.json?name={name}" for name in ("finished", "damaged-spec", "nothing")),
    "v/plan.json?preset=salient&overrides=%7B%22init%22%3A%22%2Fetc%2Fpasswd%22%7D",
    "v/compare.json?names=finished&names=another-seed",
    *(f"v/inspect.json?name={name}" for name in ("queued", "nothing")),
    "v/predict.json?preset=web-like",
    "v/lesson.json",
    *(f"runs/{state}.zip" for state in (*STATES, "nothing")),
    *(f"runs/{name}.html" for name in ("finished", "queued", "damaged-record", "nothing")),
    *(f"study/{name}" for name in ("naming-cliff.parquet", "claim-naming.svg", "density.svg", "nothing.svg")),
)
"""Addresses that answer a GET; of views only a few, as tests/unit/views records what each answers."""

CLASS = (
    ("teacher", "room", {}),
    ("nobody", "room", {}),
    ("nobody", "room", {"code": "NONE"}),
    ("Ada", "join", {"nickname": "Ada"}),
    ("nobody", "join", {"nickname": ""}),
    ("Ada", "room", {}),
    ("Ada", "steer", {"stop": 1}),
    ("teacher", "steer", {"stop": 1}),
    ("teacher", "steer", {"stop": 999}),
    *(
        each
        for stop in (*range(2, 20, 3), *range(20, 24))
        for each in (
            ("teacher", "steer", {"stop": stop}),
            ("teacher", "room", {}),
            ("Ada", "question", {}),
            ("Ada", "answer", {"choice": 0}),
            ("Ada", "answer", {"margin": -0.1, "scene": "no scene"}),
            ("Ada", "room", {}),
        )
    ),
    ("teacher", "steer", {"keep": True}),
    ("teacher", "steer", {"remove": 5}),
    ("teacher", "steer", {"end": True}),
    ("teacher", "room", {}),
)
"""Views and acts of a class in their order: who asks, what, and with which values beside the code of the room."""

PAIRS = """image,caption,negative_caption
web/000000.png,a red bus and a blue car,a blue bus and a red car
web/000001.png,a green dog,a yellow dog
"""
"""The file pairs.csv of the commands, with pictures that the first of them writes."""

COMMANDS = (
    "scenes --preset web-like --count 4 --out web --json",
    "measure web --json",
    "scenes --preset salient --set saliency_bias=0.5 --count 3 --size 32 --parquet --out packed --json",
    "measure packed --json",
    "swaps --caption 'a red bus and a blue car' --json",
    "swaps --caption 'two small dogs and a cat' --kinds all --json",
    "models --search things --json",
    "runs list --json",
    "runs show finished --json",
    "runs show running --json",
    "runs show stopped --json",
    "runs show resumed --json",
    "runs show damaged-report --json",
    "runs show damaged-spec --json",
    "runs export finished out.zip --json",
    "runs import out.zip --json",
    "runs stop queued --json",
    "runs delete interrupted --json",
    "evaluate things-bound --count 10 --json",
    "evaluate things-bound --preset two-kinds --count 10 --json",
    "evaluate finished --count 10 --json",
    "score things-bound --image web/000000.png --caption 'a red bus and a blue car' --swaps --json",
    "score things-bound --image web/000001.png --caption 'a red bus' --caption 'a blue bus' --confusions --json",
    "bias things-bound --count 10 --json",
    "bias things-bound --count 10 --text-map --relevance --json",
    "inside things-bound --count 10 --fitted 100 --json",
    "leaderboard things-bound things-web --count 10 --json",
    "ladder things-bound things-web --count 10 --json",
    "benchmark pairs pairs.csv --json",
    "benchmark pairs pairs.csv --model things-bound --json",
    "sweep --list --json",
    "sweep naming-cliff --specs specs --json",
    "study read --sweeps assets/study --json",
    "study take-up --out taken --json",
    "train --preset binding-friendly --steps 2 --set batch_size=16 --evaluation-count 10 --json",
)
"""Command lines that answer a document, each with what the ones before it have written."""
UNSURE = ("evaluate finished --count 10 --json", COMMANDS[-1])
"""Command lines whose numbers hang on the rounding of a model that knows nothing yet."""

FAILING = (
    "",
    "nothing",
    "scenes --preset nothing --out x",
    "scenes --preset web-like --count many --out x",
    "scenes --preset web-like --set saliency_bias=9 --out x",
    "scenes --preset web-like --set steps=9 --out x",
    "measure nothing",
    "measure web --doctor",
    "train --preset web-like --steps none",
    "train --preset web-like --init nothing",
    "train --spec pairs.csv",
    "evaluate nothing",
    "evaluate things-bound --count 1",
    "swaps --caption ''",
    "swaps --caption 'a red bus' --kinds nothing",
    "score things-bound --image nothing.png --caption 'a red bus'",
    "score things-bound --image web/000000.png",
    "bias things-bound --count 1",
    "inside nothing",
    "unimodal-probes nothing",
    "leaderboard nothing --count 10",
    "ladder things-bound --count 1",
    "runs show nothing",
    "runs stop finished",
    "runs resume finished",
    "runs resume failed",
    "runs resume old-recipe",
    "runs export running out.zip",
    "runs delete running",
    "runs import pairs.csv",
    "benchmark nothing web",
    "benchmark pairs nothing.csv --model things-bound",
    "sweep nothing",
    "sweep naming-cliff --collect --out sweeps",
    "sweep naming-cliff --only nothing",
    "study read --sweeps web",
    "study captions web",
    "study probe --model nothing",
    "ship nothing",
    "ship things-bound --pages-only --out nothing",
)
"""Command lines that are refused."""
