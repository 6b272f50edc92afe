// Two pictures, two captions, and a line from each picture to the caption that it prefers. Knows no Gradio.
// mountOutcome(section, pairs, {turn(pair)}) -> {update({answers, scale, pair, number, isHidden, isSwinging, compare}), use(pairs)}
//
// answers: [[own, other] x 24] cosines, null where there are none; pair k is pictures 2k and 2k + 1.

import { bare, caption, clamp, el, isCalm, mark, mix, percent, replace, say, svg } from "./dom.js";
import { choice, sureness } from "./phrases.js";

const LETTERS = ["A", "B"], GLIDE_MS = 110, SURE = 0.75;

export function mountOutcome(section, first, actions) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const stage = section.querySelector(".wb-stage"), wires = part("wires");
  const pictures = [...section.querySelectorAll("[data-picture]")], captions = [...section.querySelectorAll("[data-caption]")];
  let shown = null, seen = null, frame = 0, before = 0, swing = 0, wasSure = true;

  let pairs = first, strip = drawStrip();

  function drawStrip() {
    const buttons = pairs.map((pair, place) => el("button", { type: "button", class: "wb-pair", "aria-label": say`Pair ${place + 1}`, onclick: () => actions.turn(place) },
      ["a", "b"].map((side) => el("span", {}, el("img", { src: pair[side].image, alt: "", width: 64, height: 64 }), mark("open")))));
    part("strip").replaceChildren(...buttons);
    return buttons;
  }

  /** Show other pairs, those of another world; the next update draws them. */
  function use(next) {
    cancelAnimationFrame(frame);
    [pairs, frame, shown, seen] = [next, 0, null, null];
    strip = drawStrip();
  }

  new ResizeObserver(() => {
    if (!shown) return;
    paint(1);
    number(shown);
  }).observe(stage);

  function turn(pair) {
    const [a, b] = [pairs[pair].a, pairs[pair].b];
    [a, b].forEach((side, place) => {
      const said = side.caption.map((word) => word.text).join(" ");
      pictures[place].src = side.image;
      pictures[place].alt = say`Picture ${new String(LETTERS[place])}: ${new String(said)}`;
      captions[place].replaceChildren(el("span", { class: "wb-letter" }, LETTERS[place]), el("span", { translate: "no" }, lines(side.caption)));
    });
    part("tug").replaceChildren(...[a, b].map((side, place) => el("div", { class: "wb-tr" },
      el("img", { src: side.image, alt: say`Picture ${new String(LETTERS[place])}`, width: 30, height: 30 }),
      el("div", { class: "wb-rope" }, el("span", {}, "A"), svg("svg", { viewBox: "0 0 130 24", "aria-hidden": "true" }), el("span", {}, "B")),
      el("div", { class: "wb-v" }))));
    strip.forEach((each, place) => each.setAttribute("aria-pressed", String(place === pair)));
    seen = null;
  }

  function update(state) {
    if (state.pair !== shown?.pair) turn(state.pair);
    if (state.isSwinging && !shown?.isSwinging) swing = performance.now();
    shown = state;
    section.classList.toggle("wb-asking", state.isHidden && !state.isSwinging);
    number(state);
    cosines(state);
    if (!frame) { before = performance.now(); frame = requestAnimationFrame(step); }
  }

  const probabilities = () => shown.answers && shown.answers.map((cosine) => sureness(cosine, shown.scale));

  function step(now) {
    const share = isCalm() ? 1 : 1 - Math.exp(-Math.min(60, now - before) / GLIDE_MS);
    before = now;
    frame = 0;
    if (paint(share) || shown.isSwinging) frame = requestAnimationFrame(step);
  }

  /** Move what is drawn a share of the way to what is so; returns whether some of the way is left. */
  function paint(share) {
    const goal = probabilities(), at = shown.pair * 2;
    const targets = goal ? [0, 1].map((place) => goal[at + place]) : [0.5, 0.5];
    if (!seen) seen = { own: [...targets], x: [null, null] };
    let isFar = false;
    seen.own = seen.own.map((value, place) => {
      const next = mix(value, targets[place], share);
      if (Math.abs(next - targets[place]) > 0.002) { isFar = true; return next; }
      return targets[place];
    });
    isFar = lines_(share) || isFar;
    ropes(goal !== null);
    marks(goal);
    return isFar;
  }

  function lines_(share) {
    const box = stage.getBoundingClientRect();
    if (!box.width) return false;
    const place = (node) => {
      const at = node.getBoundingClientRect();
      return { x: at.left + at.width / 2 - box.left, top: at.top - box.top, bottom: at.bottom - box.top };
    };
    const from = pictures.map((each) => place(each.parentNode)), to = captions.map(place);
    const unit = Math.min(parseFloat(getComputedStyle(document.documentElement).fontSize) / 15, box.width / 410);
    const isOpen = shown.isHidden || !shown.answers, apart = (one) => (one ? 9 : -9) * unit;
    const drawn = [];
    for (const i of [0, 1]) for (const j of [0, 1]) {
      drawn.push(wire(from[i].x, from[i].bottom, to[j].x + (i === j ? 0 : apart(i)), to[j].top, { class: isOpen ? "wb-thread wb-open" : "wb-thread", "stroke-width": 1.4 * unit }));
    }
    let isFar = false;
    const rights = seen.own.map((own) => own >= 0.5);
    for (const i of [0, 1]) {
      const own = seen.own[i], isRight = rights[i], caption_ = isRight ? i : 1 - i, isShared = rights[0] !== rights[1];
      const goal = to[caption_].x + (isShared ? apart(i) : 0);
      const here = seen.x[i] ?? goal;
      seen.x[i] = shown.isSwinging && !isCalm() ? swung(i, to) : Math.abs(goal - here) < 0.5 ? goal : mix(here, goal, share);
      if (Math.abs(seen.x[i] - goal) > 0.5) isFar = true;
      if (isOpen && !shown.isSwinging) { drawn.push(badge(from[i].x, from[i].bottom + 20 * unit, "open", unit, false)); continue; }
      const sure = Math.abs(2 * own - 1), width = (2.4 + 10.5 * sure) * unit, isSwinging = shown.isSwinging;
      drawn.push(wire(from[i].x, from[i].bottom, seen.x[i], to[0].top - 2 * unit, isSwinging
        ? { class: "wb-swing", "stroke-width": 3 * unit }
        : { class: isRight ? "wb-line wb-right" : "wb-line wb-wrong", "stroke-width": width,
          "stroke-dasharray": isRight ? null : `${Math.max(7, width * 1.15)} ${Math.max(6, width * 0.8)}` }));
      drawn.push(badge(mix(from[i].x, seen.x[i], 0.5), mix(from[i].bottom, to[0].top, 0.5), isSwinging ? "open" : isRight ? "right" : "wrong", unit, sure < 0.12));
    }
    wires.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    wires.replaceChildren(...drawn);
    frames(isOpen);
    return isFar && !shown.isSwinging;
  }

  function swung(i, to) {
    const passed = (performance.now() - swing) / 1000, middle = (to[0].x + to[1].x) / 2, half = (to[1].x - to[0].x) / 2;
    return middle + half * Math.sin(passed * (7 - 1.6 * passed) + i * 1.3) * Math.max(0.2, 1 - passed / 2.1);
  }

  function frames(isOpen) {
    seen.own.forEach((own, place) => {
      const isSure = !isOpen && !shown.isSwinging && Math.max(own, 1 - own) > SURE;
      pictures[place].parentNode.dataset.answer = isSure ? (own >= 0.5 ? "right" : "wrong") : "";
    });
    const isSure = !isOpen && !shown.isSwinging && seen.own.every((own) => own > SURE);
    if (isSure && !wasSure && !isCalm()) {
      for (const each of pictures) {
        each.parentNode.classList.remove("wb-snap");
        void each.parentNode.offsetWidth; // starts the ring anew
        each.parentNode.classList.add("wb-snap");
      }
    }
    wasSure = isSure;
  }

  function ropes(hasAnswers) {
    [...part("tug").children].forEach((row, place) => {
      const own = seen.own[place], isRight = own >= 0.5, side = (isRight ? place : 1 - place) ? 1 : -1;
      const x = 65 + side * Math.pow(Math.abs(2 * own - 1), 0.75) * 56, name = isRight ? "wb-right" : "wb-wrong";
      const isOpen = shown.isHidden || !hasAnswers;
      row.querySelector("svg").replaceChildren(...[
        svg("path", { d: "M3 12H127", class: "wb-track" }), svg("path", { d: "M65 2V22", class: "wb-half" }),
        ...(isOpen ? [] : [
          svg("path", { d: `M65 12H${x.toFixed(1)}`, class: `wb-pull ${name}`, "stroke-dasharray": isRight ? null : "4 2.5" }),
          svg("circle", { cx: x.toFixed(1), cy: 12, r: 7.5, class: `wb-knot ${name}` }),
          svg("path", { d: isRight ? `M${x - 3} 12.2l2.2 2.4 4-5` : `M${x - 2.6} 9.4l5.2 5.2m0-5.2-5.2 5.2`, class: `wb-tick ${name}` }),
        ])]);
      const goal = hasAnswers ? sureness(shown.answers[shown.pair * 2 + place], shown.scale) : 0.5, said = choice(goal);
      const key = isOpen ? (shown.isSwinging ? "swing" : "open") : `${said.head}${said.rest}`;
      replace(row.querySelector(".wb-v"), key, () => isOpen ? [el("b", {}, shown.isSwinging ? "thinking …" : "")]
        : [el("b", { class: said.isLuck ? "" : said.isRight ? "wb-ok" : "wb-no" }, said.head), el("span", {}, said.rest)]);
    });
  }

  function marks(goal) {
    const isOpen = shown.isHidden || !goal;
    const answers = strip.flatMap((_, pair) => [0, 1].map((side) => isOpen ? "open" : goal[2 * pair + side] >= 0.5 ? "right" : "wrong"));
    strip.forEach((each, pair) => [...each.querySelectorAll(".wb-m")].forEach((old, side) => {
      const answer = answers[2 * pair + side];
      if (old.classList.contains(`wb-${answer}`)) return;
      const made = mark(answer);
      if (!isCalm()) made.classList.add("wb-pop-in");
      old.replaceWith(made);
    }));
    strip.forEach((each, pair) => {
      const said = isOpen ? "not answered yet" : answers.slice(2 * pair, 2 * pair + 2).every((answer) => answer === "right") ? "both right" : "not both right";
      each.setAttribute("aria-label", say`Pair ${pair + 1} of ${strip.length}: ${said}`);
    });
    const right = answers.filter((answer) => answer === "right").length;
    replace(part("count"), isOpen ? "open" : String(right), () => isOpen ? [el("span", {}, "Twelve pairs")]
      : [el("b", {}, say`${right} of ${answers.length}`), " ", el("span", {}, "pictures of these 12 pairs")]);
  }

  function number({ number: found, isHidden, compare, why }) {
    const value = isHidden ? "?" : found ? bare(found.value) : "–";
    replace(part("big"), value, () => [value, el("small", {}, "%")]);
    part("big").setAttribute("aria-label", isHidden || !found ? say("not shown yet") : percent(found.value));
    const isChance = found && found.low <= 0.5 && found.high >= 0.5;
    const words = isHidden ? say("a coin toss finds 50") : !found ? say(why ?? "")
      : isChance ? say`${bare(found.low)} to ${bare(found.high)}: no better than a coin toss` : say`${bare(found.low)} to ${bare(found.high)}; a coin toss finds 50`;
    if (part("interval").textContent !== words) part("interval").textContent = words;
    part("interval").title = found && !isHidden ? say`n = ${found.n.toLocaleString("en-US")}, 95 % interval` : "";
    gauge(part("gauge"), isHidden ? null : found, compare);
  }

  function gauge(place, found, compare) {
    // As wide as its place at the height of the drawing, which is that of the type.
    const width = (22 * place.clientWidth) / place.clientHeight || 290, x = (share) => (6 + clamp((share - 0.4) / 0.6, 0, 1) * (width - 12)).toFixed(1);
    place.setAttribute("viewBox", `0 0 ${width} 22`);
    place.replaceChildren(...[
      svg("path", { d: `M6 11H${width - 6}`, class: "wb-track" }), svg("path", { d: `M${x(0.5)} 4V18`, class: "wb-chance" }),
      ...(found ? [svg("path", { d: `M${x(found.low)} 11H${x(found.high)}`, class: "wb-span" })] : []),
      ...(found && compare ? [svg("path", { d: `M${x(compare.value) - 5} 11l5-6 5 6-5 6z`, class: "wb-diamond" })] : []),
      ...(found ? [svg("circle", { cx: x(found.value), cy: 11, r: 5, class: "wb-now" })] : []),
    ]);
    place.setAttribute("aria-label", found ? say`${percent(found.value)}, 95 % interval ${percent(found.low)} to ${percent(found.high)}, n = ${found.n}` : say("not shown yet"));
  }

  function cosines({ answers, pair, scale, isHidden }) {
    const place = part("cosines");
    if (!answers || isHidden) return replace(place, "none", () => el("p", {}, "No answer is shown yet."));
    const rows = [answers[2 * pair], answers[2 * pair + 1]];
    return replace(place, JSON.stringify([rows, scale]), () => [
      el("table", {},
        el("thead", {}, el("tr", {}, ["cosine", "own caption", "other caption", "margin"].map((said) => el("th", { scope: "col" }, said)))),
        el("tbody", {}, rows.map(([own, other], side) => el("tr", {}, el("th", { scope: "row" }, say`picture ${new String(LETTERS[side])}`),
          [own, other, own - other].map((value) => el("td", {}, value.toFixed(4).replace("-", "−"))))))),
      el("p", {}, say`Margin: own caption minus the other. Sureness: softmax over the two at a logit scale of ${scale.toFixed(1)}.`)]);
  }

  return { update, use };
}

/** A caption on two lines, broken before its "and". */
function lines(words) {
  const at = words.findIndex((word) => word.text === "and");
  return at < 0 ? caption(words) : [...caption(words.slice(0, at)), " ", el("br"), ...caption(words.slice(at))];
}

function wire(x, top, to, bottom, attributes) {
  const d = `M${x.toFixed(1)} ${top.toFixed(1)}C${x.toFixed(1)} ${mix(top, bottom, 0.55).toFixed(1)} ${to.toFixed(1)} ${mix(top, bottom, 0.45).toFixed(1)} ${to.toFixed(1)} ${bottom.toFixed(1)}`;
  return svg("path", { d, fill: "none", ...attributes });
}

function badge(x, at, answer, unit, isLuck) {
  const inner = answer === "open"
    ? svg("text", { "text-anchor": "middle", y: 5 }, "?")
    : svg("path", { d: answer === "right" ? "M-4.5 .3-1.2 3.8 5-4" : "M-4-4 4 4M4-4-4 4" });
  return svg("g", { transform: `translate(${x.toFixed(1)} ${at.toFixed(1)}) scale(${unit.toFixed(3)})`, class: `wb-badge wb-${answer}${isLuck ? " wb-luck" : ""}` }, svg("circle", { r: 11.5 }), inner);
}

