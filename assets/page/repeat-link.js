// The link that lets somebody else repeat a run of the tab: its dials and seed as in any address of the Workbench, with
// the version of the engine and the digest of the final weights.
//
//   repeatLink(catalog, run)    // "?tab=repeat&repeat=1-3302...&preset=salient&seed=3", null for a run
//                               // that no link repeats
//   readLink(query, policy)      // {spec, digest}; throws a Refused with one sentence
//
// `policy` is that of dials/dials.js, which refuses what no dial takes.

import { contract, isKnownPart } from "./contract.js";
import { quote } from "./numbers.js";
import { isEqual, specOf, valuesOf } from "./recipe.js";
import { Refused } from "./refused.js";
import { isOwnWorld } from "../engine/world.js";
import { say } from "./words.js";

const LINK = /^(\d{1,4})-(\w+)$/,
  LONGEST_SHOWN = 40;

/** Whether it is a SHA-256 as text. */
export const isDigest = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/**
 * A run that was stopped, that began with other weights than fresh ones, or with things of one's own has no link: a
 * link holds no models and no drawings.
 */
export function repeatLink({ presets }, { spec, step, steps, engine }) {
  const last = engine?.digests.at(-1),
    usual = presets.find(({ name }) => name === spec.preset)?.spec;
  if (!usual || last?.step !== steps || step !== steps) return null;
  if (spec.train.init !== "scratch" || isOwnWorld(spec.data.world)) return null;
  const here = valuesOf(spec),
    moved = Object.entries(valuesOf(usual)).filter(([name, value]) => name === "seed" || !isEqual(here[name], value));
  const parts = moved.map(([name]) => [name, Array.isArray(here[name]) ? here[name].join(",") : String(here[name])]);
  const repeat = `${engine.version}-${last.digest}`;
  return `?${new URLSearchParams([["tab", "repeat"], ["repeat", repeat], ["preset", spec.preset], ...parts])}`;
}

/** @param {URLSearchParams} query @param {any} policy of dials/dials.js */
export function readLink(query, policy) {
  const text = query.get("repeat");
  if (!text) throw new Refused("repeat", say("repeat: this address names no training"));
  const [, version, digest] = LINK.exec(text) ?? [];
  if (!isDigest(digest))
    throw new Refused(
      "repeat",
      say`repeat=${text.slice(0, LONGEST_SHOWN)}: give the version of the engine, a dash and the 64 digits of a digest`,
    );
  if (Number(version) !== contract.engine_version)
    throw new Refused(
      "repeat",
      say`repeat: it was trained by engine ${version}, and this page has engine ${contract.engine_version}, so their bits differ`,
    );
  for (const name of query.keys()) {
    if (!isKnownPart(name, policy.catalog))
      throw new Refused(
        "repeat",
        say`${quote(name)}: the page knows no such part of an address, so this training cannot be repeated here`,
      );
    if (query.getAll(name).length > 1)
      throw new Refused(name, say`${quote(name)}: stands twice in the link; give it once`);
  }
  if (!query.has("seed")) throw new Refused("seed", say("seed: a link that repeats a training needs one"));
  const preset = query.get("preset") ?? "",
    { values, why } = policy.fit(preset, Object.fromEntries([...query].filter(([name]) => name !== "preset")));
  const [moved] = Object.entries(why);
  if (moved) throw new Refused(moved[0], moved[1]);
  if (values.init !== "scratch")
    throw new Refused("init", say("init: a link repeats trainings from fresh weights only"));
  return { spec: specOf(policy.catalog, { preset, values }), digest };
}
