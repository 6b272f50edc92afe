"""Training in a tab of Chromium and Firefox: the same bits as in Node, from a file and from a strict page."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server
from tests.browser.firefox import Firefox
from tests.browser.tab_page import TRAIN, one_file, served
from tests.engine.test_train import THREE_STEPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

STANDS = """async () => {
  const waited = () => new Promise((resolve) => setTimeout(resolve, 2000 * Math.max(...seconds)));
  await waited();
  const before = told.length;
  await waited();
  return told.length - before;
}"""
"""What is told in the time of two steps, once the step that was under way is over."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory, host: Server) -> dict[str, str]:
    return {"file": one_file(tmp_path_factory.mktemp("tab")).as_uri(), "strict": f"{host.url}about"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(120_000)
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert faults == []


@pytest.mark.parametrize("place", ["file", "strict"])
def test_chromium_ends_with_node_s_bits(page: Page, addresses: dict[str, str], place: str) -> None:
    page.goto(addresses[place])
    if place == "strict":
        page.evaluate(f"() => {{ {served()} }}")
    for workers in (1, 2):
        found = page.evaluate(TRAIN, {"steps": 3, "workers": workers})
        assert found["digest"] == THREE_STEPS
        assert (found["status"], found["step"]) == ("finished", 3)


@pytest.mark.parametrize("place", ["file", "strict"])
def test_firefox_ends_with_node_s_bits(fox: Firefox, addresses: dict[str, str], place: str) -> None:
    fox.go(addresses[place])
    if place == "strict":
        fox.evaluate(f"(() => {{ {served()} }})()")
    for workers in (1, 2):
        asked = json.dumps({"steps": 3, "workers": workers})
        fox.evaluate(f"void ({TRAIN})({asked}).then((end) => {{ window.end{workers} = end.digest; }})")
        fox.wait(f"window.end{workers}")
        assert fox.evaluate(f"window.end{workers}") == THREE_STEPS


def test_a_training_is_paused_and_stopped(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["file"])
    page.evaluate(f"void (window.end = ({TRAIN})({{ steps: 12, workers: 2, stopAfter: 6 }}))")
    page.wait_for_function("window.told?.some(([kind, step]) => kind === 'record' && step === 3)")
    page.evaluate("training.ask('pause')")
    assert page.evaluate(STANDS) == 0, "a paused training makes no step"
    page.evaluate("training.ask('go')")
    found = page.evaluate("end")
    assert (found["status"], found["step"]) == ("stopped", 7)
    assert found["told"][-2:] == [["evaluation", 7], ["weights", 7]], "what was stopped is evaluated"
    assert found["bytes"] > 5_700_000


def test_an_order_that_a_tab_cannot_fill_is_one_sentence(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["file"])
    said = page.evaluate(f"""async () => {{
      const {{ parts }} = await ready;
      parts.spec.train.tune = "lora";
      return ({TRAIN})({{ steps: 3, workers: 2 }}).then(() => "", (error) => error.message);
    }}""")
    assert said == "tune=lora: a tab trains both towers whole; train this on the server"
