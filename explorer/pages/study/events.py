"""Listeners of Study: data to train; behind *Methods* claim, form, guess, a condition to open, the reader's own runs.

    wire_study(page, tab)        # after `wire`, inside the Blocks

The evidence is sent when the tab is opened, for the current address.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from explorer.evaluation.sweep_evidence import OwnPoint
from explorer.pages.shared.page_events import QUICK, Listener, Page, with_errors
from explorer.pages.shared.state import key_of
from explorer.pages.shared.templates import js_listener
from explorer.pages.shared.url_state import StudyPlace, read_study
from explorer.pages.study import build as studying
from explorer.pages.study.build import SKIPPED, StudyTab, View, guesses_in
from explorer.pages.study.overview import overview_values, page_of
from explorer.pages.study.view import spec_html
from explorer.pages.workbench.dialed import DialedSpec
from explorer.pages.workbench.handlers import (
    dials_values,
    payload,
    run_components,
    start_run_values,
    with_training_errors,
)
from explorer.service.outcome import report_of
from explorer.service.run_list import visible
from explorer.study.sweeps import placed


def wire_study(page: Page, tab: StudyTab) -> None:
    """Attach every listener of the tab."""
    _wire_evidence(page, tab)
    _wire_view(page, tab)
    _wire_guess(page, tab)
    _wire_condition(page, tab)


def _wire_evidence(page: Page, tab: StudyTab) -> None:
    """Attach the two ways from the evidence to the Workbench: dials that train there, and the data of a finding."""
    shared, answered = page.shared, with_training_errors(page)
    outputs = [page.tabs, shared.tab, *run_components(page)]

    def on_workbench(event: gr.EventData, run: Any) -> tuple[DialedSpec, dict[Any, Any]]:
        dialed = DialedSpec.from_event(payload(event))
        turned = {page.tabs: gr.update(selected="workbench"), shared.tab: "workbench"}
        return dialed, turned | dials_values(page, dialed, run)

    @answered
    def data_opened(event: gr.EventData, run: Any) -> dict[Any, Any]:
        return on_workbench(event, run)[1]

    @answered
    def data_trained(event: gr.EventData, run: Any, visitor: Any) -> dict[Any, Any]:
        dialed, shown = on_workbench(event, run)
        return shown | start_run_values(page, dialed, key_of(visitor))

    tab.evidence.opened(data_opened, shared.run, outputs, **QUICK)
    tab.evidence.trained(data_trained, [shared.run, shared.visitor], outputs, trigger_mode="once", **page.asking)


def own_points(page: Page, view: View | None, run: Any, visitor: Any) -> list[OwnPoint]:
    """Return the reader's runs that lie on the curve of a view."""
    if view is None:
        return []
    folders = visible(page.store, page.settings, str(run), key_of(visitor))
    return placed(view.evidence, (report for folder in folders if (report := report_of(folder))))


def _looked_at(
    page: Page, tab: StudyTab, place: StudyPlace, condition: Any, guesses: Mapping[str, str], run: Any, visitor: Any
) -> dict[Any, Any]:
    """Return the value of each component for a view, and the address."""
    view, notes = studying.viewed(place)
    values = studying.looked_at(view, notes, own_points(page, view, run, visitor), condition, guesses)
    return {page.shared.address if name == "address" else getattr(tab, name): value for name, value in values.items()}


def _place(claim: Any, form: Any, metric: Any) -> StudyPlace:
    """Return the place of the boxes; an empty or malformed one asks for nothing."""
    values = [value if isinstance(value, str) else "" for value in (claim, form, metric)]
    return StudyPlace(claim=values[0], form=values[1], metric=values[2])


def _wire_view(page: Page, tab: StudyTab) -> None:
    """Attach listeners to the tab, the claim, the form, the metric, and the button that looks for new runs."""
    shared = page.shared
    outputs = [*tab.outputs, shared.address, shared.notes]
    others = [tab.condition, tab.guesses, shared.run, shared.visitor]

    turned = [tab.methods, *tab.overview.outputs, *outputs]

    @with_errors(shared.notes)
    def turned_to_study(query: Any, condition: Any, guesses: Any, run: Any, visitor: Any) -> dict[Any, Any]:
        place = read_study(dict(parse_qsl(str(query).removeprefix("?"))))
        overview = dict(zip(tab.overview.outputs, overview_values(), strict=True))
        looked = _looked_at(page, tab, place, condition, guesses_in(guesses), run, visitor)
        # An address that asks for a claim opens the fold; one that asks for nothing gets no claim.
        asks = place != StudyPlace()
        address = {} if asks else {shared.address: gr.skip()}
        return overview | looked | address | {tab.methods: gr.update(open=True) if asks else gr.skip()}

    page.tab_items["study"].select(
        turned_to_study, [tab.query, *others], turned, js=js_listener("pages/study_address"), **QUICK
    )

    @with_errors(shared.notes)
    def studied(
        claim: Any, form: Any, metric: Any, condition: Any, guesses: Any, run: Any, visitor: Any
    ) -> dict[Any, Any]:
        place = _place(claim, form, metric)
        return _looked_at(page, tab, place, condition, guesses_in(guesses), run, visitor)

    for event in (tab.form.input, tab.metric.input, tab.refresh.click):
        event(studied, [*tab.place, *others], outputs, trigger_mode="always_last", **QUICK)

    @with_errors(shared.notes)
    def claimed(claim: Any, form: Any, condition: Any, guesses: Any, run: Any, visitor: Any) -> dict[Any, Any]:
        # Another claim starts with its own metric, has other further ones, and may lack a form.
        known = form if form in studying.evidence_of(claim).forms else ""
        return studied(claim, known, "", condition, guesses, run, visitor)

    tab.claim.input(claimed, [tab.claim, tab.form, *others], outputs, trigger_mode="always_last", **QUICK)

    @with_errors(shared.notes)
    def property_clicked(event: gr.EventData, form: Any, condition: Any, guesses: Any, run: Any, visitor: Any) -> Any:
        claim = page_of(event._data.get("text") if isinstance(event._data, dict) else None)
        if claim is None or claim not in studying.claims():
            return tuple(gr.skip() for _ in outputs)
        return claimed(claim, form, condition, guesses, run, visitor)

    clicked = tab.overview.figure.select(property_clicked, [tab.form, *others], outputs, **QUICK)
    clicked.then(None, js=js_listener("pages/scrolled_to_claim"))


def _wire_guess(page: Page, tab: StudyTab) -> None:
    """Attach listeners to the guess: it is stored in the browser, then the evidence is shown."""
    shared = page.shared
    outputs = [tab.guesses, *tab.outputs, shared.address, shared.notes]

    def answering(word: str) -> Listener:
        @with_errors(shared.notes)
        def guessed(claim: Any, form: Any, metric: Any, guesses: Any, run: Any, visitor: Any) -> dict[Any, Any]:
            place = _place(claim, form, metric)
            view, _ = studying.viewed(place)
            known = guesses_in(guesses) | ({} if view is None else {view.evidence.name: word})
            return {tab.guesses: known} | _looked_at(page, tab, place, None, known, run, visitor)

        return guessed

    inputs = [*tab.place, tab.guesses, shared.run, shared.visitor]
    for word, button in {**tab.guess, SKIPPED: tab.show}.items():
        button.click(answering(word), inputs, outputs, **QUICK)


def _wire_condition(page: Page, tab: StudyTab) -> None:
    """Attach listeners to the choice of a condition, in the box or in the figure, and to its links."""
    shared = page.shared
    chosen = [tab.condition, tab.spec, shared.notes]

    @with_errors(shared.notes)
    def condition_chosen(claim: Any, label: Any) -> dict[Any, Any]:
        found = studying.condition_of(studying.evidence_of(claim), label)
        return {tab.condition: gr.update(value=found.label), tab.spec: spec_html(found), shared.notes: ""}

    tab.condition.input(condition_chosen, [tab.claim, tab.condition], chosen, **QUICK)

    @with_errors(shared.notes)
    def condition_clicked(event: gr.EventData, claim: Any) -> dict[Any, Any]:
        text = event._data.get("text") if isinstance(event._data, dict) else None
        return condition_chosen(claim, text)

    tab.figure.select(condition_clicked, [tab.claim], chosen, **QUICK)

    outputs = [page.tabs, shared.tab, *run_components(page)]

    def on_workbench(claim: Any, label: Any, run: Any) -> tuple[DialedSpec, dict[Any, Any]]:
        dialed = DialedSpec.of(studying.spec_behind(claim, label))
        turned = {page.tabs: gr.update(selected="workbench"), shared.tab: "workbench"}
        return dialed, turned | dials_values(page, dialed, run)

    @with_errors(shared.notes)
    def condition_opened(claim: Any, label: Any, run: Any, _visitor: Any) -> dict[Any, Any]:
        return on_workbench(claim, label, run)[1]

    @with_errors(shared.notes)
    def condition_trained(claim: Any, label: Any, run: Any, visitor: Any) -> dict[Any, Any]:
        dialed, shown = on_workbench(claim, label, run)
        return shown | start_run_values(page, dialed, key_of(visitor))

    inputs = [tab.claim, tab.condition, shared.run, shared.visitor]
    tab.play.click(condition_opened, inputs, outputs, **QUICK)
    tab.train.click(condition_trained, inputs, outputs, trigger_mode="once", **page.asking)
