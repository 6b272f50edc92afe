// Texts that a person copies after a repetition, in English whatever the page speaks: nothing is sent by itself.

import { contract } from "../contract.js";

/** @typedef {{sweep: any, cell: any, training: any}} Dot see repeats.js */

const titleOf = ({ sweep, cell, training }) =>
  `${sweep.name}, ${cell.label}, seed ${training.seed}, key ${training.key}, engine ${contract.engine_version}`;
const bindingOf = (curves) => (curves ? `, binding ${curves.at(-1).at(-1)[1].toFixed(5)}` : "");
const cores = (count) => (count === 1 ? "1 core" : `${count} cores`);

/**
 * The text of a button of the box.
 * @param {"receipt" | "report"} kind @param {Dot} dot @param {any} outcome of repetition.js
 */
export const textOf = (kind, dot, outcome) => (kind === "receipt" ? repeatReceipt : differenceReport)(dot, outcome);

/** @param {Dot} dot @param {{digest: string, seconds: number, workers: number, device: string, date: string}} found */
export const repeatReceipt = (dot, { digest, seconds, workers, device, date }) =>
  [
    `CLIP Binding Explorer: this training was repeated to the last bit`,
    titleOf(dot),
    `SHA-256 of the final weights, published and repeated: ${digest}`,
    `${device}; ${cores(workers)}, ${seconds.toFixed(0)} s; ${date}`,
  ].join("\n");

/** @param {Dot} dot of a link without curves @param {any} found as above, with `difference` and `curves` */
export const differenceReport = (dot, { digest, seconds, workers, device, date, difference, curves }) =>
  [
    `CLIP Binding Explorer: this training was repeated, with OTHER bits`,
    titleOf(dot),
    `published: ${dot.training.digest}${bindingOf(dot.training.curves)}`,
    `here:      ${digest}${bindingOf(curves)}`,
    !difference
      ? `first difference: at the end`
      : difference.before === null
        ? `first difference: part ${difference.phase + 1}, step ${difference.step}, the first saved one`
        : `first difference: part ${difference.phase + 1}, between steps ${difference.before} and ${difference.step}`,
    `${device}; ${cores(workers)}, ${seconds.toFixed(0)} s; ${date}`,
  ].join("\n");
