// Whether this device computes the bits of all others: eight steps of a training in this tab, whose digest is known.
//
//   html`<${DigestCheck} id="digest" page=${page} />`        // a button, then what came of it and a text to copy

import { TabTraining } from "../../engine/train/client.js";
import { modelFiles } from "../../engine/train/model_files.js";
import { contract } from "../contract.js";
import { copyText } from "../save-file.js";
import { Sentences } from "../ui.js";
import { html, useRef, useState } from "../vendor/preact.js";
import { failureText, say } from "../words.js";
import { browserName, processorHints } from "./browser.js";
import { Cores } from "./cores.js";

/**
 * The first of the trainings that hold the engine's arithmetic, made here.
 * @param {{workers: number, tell?: (step: number, steps: number) => void}} options
 * @returns {Promise<{workers: number, digest: string, known: string, seconds: number}>}
 */
async function eightSteps(engine, { workers, tell = () => {} }) {
  const training = await engine.loadTraining(),
    { spec, digest: expected } = training.golden.tidy,
    { world, kernels } = training,
    { config } = modelFiles(training, spec),
    atlas = await engine.loadAtlas(),
    began = performance.now();
  const { ended } = new TabTraining(engine.createTrainer, {
      workers,
      order: { world, atlas, kernels, config, evaluation: null, spec },
      tell: (kind, { step }) => kind === "record" && tell(step, spec.train.steps),
    }),
    { digest } = await ended;
  return { workers, digest, known: expected, seconds: (performance.now() - began) / 1000 };
}

/** What a report says of the device: only what a browser tells to any page. */
export async function deviceOf(navigator) {
  const { architecture, bitness } = await processorHints(["architecture", "bitness"], navigator),
    system = navigator.userAgentData?.platform || navigator.platform || "an unknown system",
    processor = architecture ? `, ${architecture} of ${bitness} bits` : "";
  return `${browserName()}, ${system}${processor}, ${navigator.hardwareConcurrency ?? 1} cores`;
}

const isKnown = ({ digest, known: expected }) => digest === expected;

/** The text that reports a device, in English whatever the page speaks. */
export function reportOf({ device, tries, version }) {
  const made = tries.map((each) => {
    const by = each.workers === 1 ? "1 worker" : `${each.workers} workers`;
    return `${by}, ${each.seconds.toFixed(1)} s: ${each.digest} (${isKnown(each) ? "the known one" : "ANOTHER ONE"})`;
  });
  return [
    `CLIP Binding Explorer, engine ${version}, eight steps of tidy captions`,
    device,
    ...made,
    ...(tries.every(isKnown) ? [] : [`known: ${tries[0].known}`]),
  ].join("\n");
}

const IDLE = { step: null, steps: 0, tries: [], device: "", problem: "" };

export function DigestCheck({ id, page }) {
  const [state, change] = useState(IDLE),
    { step, steps, tries, device, problem } = state;
  async function train() {
    change({ ...IDLE, step: 0 });
    try {
      const made = [];
      // One worker beside all of them tells a fault of the parts from one of the arithmetic.
      for (const workers of new Set([new Cores().count, 1])) {
        const tell = (step, steps) => change((before) => ({ ...before, step, steps }));
        made.push(await eightSteps(page.engine, { workers, tell }));
      }
      change({ ...IDLE, tries: made, device: await deviceOf(navigator) });
    } catch (error) {
      change({ ...IDLE, problem: failureText(error) });
    }
  }
  return html`<h2 id=${id}>${say("Does this device compute the same bits?")}</h2>
    <p>
      ${say("A training in a tab ends with the same weights, to the last bit, on every device that was tried. This trains eight steps with all cores, then with one, and compares a digest of the weights with the known one. It takes a few seconds, and nothing leaves this device.")}</p>
    <p><button type="button" id="digest-train" disabled=${step !== null} onClick=${train}>
      ${step === null ? say("Train eight steps here") : steps ? say`Step ${step} of ${steps}` : say("a moment …")}
    </button></p>
    <div role="status" id="digest-said" data-state=${stateOf(state)}>${problem && html`<p>${problem}</p>`}${
      tries.length > 0 &&
      html`<${Found} text=${reportOf({ device, tries, version: contract.engine_version })}
      isSame=${tries.every(isKnown)} />`
    }</div>`;
}

function stateOf({ step, tries, problem }) {
  if (problem) return "failed";
  if (step !== null) return "training";
  if (!tries.length) return "";
  return tries.every(isKnown) ? "same" : "other";
}

export function Found({ text, isSame }) {
  const [isCopied, tell] = useState(false),
    box = useRef(null),
    head = isSame ? say("The same, to the last bit.") : say("Other bits than on every device that was tried."),
    rest = isSame
      ? say("Trainings in this tab can be repeated anywhere.")
      : say(
          "Trainings in this tab are sound, and cannot be repeated elsewhere to the last bit. Please report this device.",
        );
  return html`<p><${Sentences}><b>${head}</b><span>${rest}</span><//></p>
    <pre ref=${box} aria-label=${say("The report of this device")}>${text}</pre>
    <p><button type="button" onClick=${async () => tell(await copyText(text, box.current))}>
      ${isCopied ? say("Copied") : say("Copy the report")}</button></p>`;
}
