// A chain trained once more on a page, and what came of it.
//
//   const outcome = await repeatChain(page, chain, digest, { workers: 4, onBegin: (running) => {}, tell: draw });
//   outcome.kind       // "same", "differs" with `difference`, "stopped" with `step`, `same` and `difference`,
//                      // "failed" with `problem`, or "compared" where there is no digest
//   await deviceTime(page, phases)      // {seconds, cores, why}: how long it takes in this tab, or why it cannot

import { deviceOf } from "../tab/check.js";
import { NO_WEBASSEMBLY } from "../dials/plan.js";
import { failureText, say } from "../words.js";
import { ChainAgain } from "./chain.js";

/**
 * @param {any} page of app.js, whose tab has come @param {import("./chain.js").Chain} chain @param {string | null}
 *   digest of the published final weights
 * @param {{workers: number | null, onBegin: (running: ChainAgain) => void, tell: () => void}} options workers: null for
 *   as many as this tab uses
 */
export async function repeatChain(page, chain, digest, { workers, onBegin, tell }) {
  const { orders, cores, trainings } = page.tab;
  let letGo = () => {};
  try {
    letGo = trainings.hold();
    const running = new ChainAgain({ engine: page.engine, orders }, chain, { workers: workers ?? cores.count, tell });
    onBegin(running);
    if (!(await running.ended))
      return { kind: "stopped", step: running.step, same: running.same, difference: running.difference };
    const { difference, curves, seconds, numbers } = running;
    return {
      kind: digest === null ? "compared" : !difference && running.digest === digest ? "same" : "differs",
      difference,
      digest: running.digest,
      curves,
      seconds,
      workers: running.workers,
      numbers,
      device: await deviceOf(navigator),
      date: new Date().toISOString().slice(0, 10),
    };
  } catch (error) {
    return { kind: "failed", problem: failureText(error) };
  } finally {
    letGo();
  }
}

/** @returns {Promise<{seconds: number | null, cores: number, why: string}>} */
export async function deviceTime(page, phases) {
  const { orders, cores: all } = (await page.loadTab()).tab,
    cores = all.count;
  if (!(await orders.measureSpeed())) return { seconds: null, cores, why: say(NO_WEBASSEMBLY) };
  for (const { spec } of phases) {
    const why = await orders.refusalOf(spec);
    if (why) return { seconds: null, cores, why };
  }
  const times = await Promise.all(phases.map(({ spec }) => orders.seconds(spec)));
  return { seconds: times.reduce((sum, each) => sum + each, 0), cores, why: "" };
}
