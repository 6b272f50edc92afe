// The address of the page: a view, and named parts that views read and write. Parts that nobody names stay.
//
//   const address = new Address(isStatic);
//   address.get("run"); address.write({ run: "tidy-3" }, { isStep: true });
//
// A view is the part `tab`; some have addresses of their own on a server. What they are called stands in the contract.

import { HUB_ORIGIN, isFramedByHub } from "./backend.js";
import { contract } from "./contract.js";

/** The module of each view: the page knows them before it has the contract. */
export const MODULES = {
  bench: () => import("./bench/page.js"),
  inside: () => import("./inside/page.js"),
  evidence: () => import("./evidence/page.js"),
  ask: () => import("./ask/page.js"),
  scene: () => import("./scene/page.js"),
  things: () => import("./things/page.js"),
  open: () => import("./open/page.js"),
  repeat: () => import("./repeat/page.js"),
  lesson: () => import("./lesson/page.js"),
  about: () => import("./about.js"),
  class: () => import("./class/page.js"),
};
/** The view where an address names none that there is. */
export const FIRST_VIEW = "bench";
/**
 * Names of views in earlier versions, which links and embedded pages still say; for the same reason they stand here.
 */
const OLD_NAMES = {
  workbench: "bench",
  play: "bench",
  train: "bench",
  teach: "bench",
  inspect: "inside",
  study: "evidence",
  probe: "ask",
};

/** The view that a name of today or of an earlier version means, undefined for another one. */
export function findView(name) {
  if (Object.hasOwn(MODULES, name)) return name;
  return Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name] : undefined;
}

export class Address {
  /**
   * @param isStatic whether the page is a file, which has one address for all views
   * @param firstQuery what stands for none
   */
  constructor(isStatic, firstQuery = "") {
    this.isStatic = isStatic;
    this.firstQuery = firstQuery;
    this.refused = ""; // what the address would say in a frame that may not write it
  }

  query() {
    return new URLSearchParams(this.refused || location.search || this.firstQuery);
  }

  /** The run that a page in one file opens with, "" elsewhere. */
  get heldRun() {
    return new URLSearchParams(this.firstQuery).get("run") ?? "";
  }

  /** A part, "" where there is none. */
  get(name) {
    return this.query().get(name) ?? "";
  }

  /** The view that the address asks for. */
  view() {
    return findView(this.viewName() || (this.get("repeat") && "repeat")) ?? FIRST_VIEW;
  }

  /** Whether the Workbench opens with the link for a class: `share=class`, in earlier versions a view `teach`. */
  get isForClass() {
    return this.get("share") === "class" || this.viewName() === "teach";
  }

  viewName() {
    return (!this.isStatic && last()) || this.get("only") || this.get("tab");
  }

  /** The address of a view, relative to this page; a part "" is left out, and no part of another view is kept. */
  link(view, parts = {}) {
    const shared = ["lang", "view", "dark"].map((name) => [name, this.get(name)]),
      isPage = !this.isStatic && contract.views[view]?.has_address;
    const given = Object.entries({ ...Object.fromEntries(shared), ...(isPage ? {} : { tab: view }), ...parts }).filter(
      ([, value]) => value !== "",
    );
    return `${this.isStatic ? "" : isPage ? view : "./"}${given.length ? `?${writeQuery(given)}` : ""}`;
  }

  /** Write parts; a part of "" goes. With `isStep` the browser's Back takes it back. */
  write(parts, { isStep = false } = {}) {
    const query = this.query();
    for (const [name, value] of Object.entries(parts)) {
      if (value === "" || value === null || value === undefined) query.delete(name);
      else query.set(name, value);
    }
    const isOfToday = this.isStatic || Object.hasOwn(MODULES, last()),
      path = isOfToday ? location.pathname : "./";
    if (!isOfToday && this.view() !== FIRST_VIEW) query.set("tab", this.view());
    const text = writeQuery([...query]);
    if (text !== writeQuery([...this.query()])) this.put(text ? `${path}?${text}` : path, isStep);
  }

  /** Go to another view: its parts take the place of those of the view before. */
  turn(view, parts) {
    this.put(this.link(view, parts), true);
  }

  put(to, isStep) {
    try {
      history[isStep ? "pushState" : "replaceState"](history.state, "", to);
    } catch {
      this.refused = new URL(to, document.baseURI).search;
    }
    if (isFramedByHub(window)) window.parent.postMessage({ queryString: location.search.slice(1) }, HUB_ORIGIN);
  }
}

/** The last part of the path. */
const last = () => location.pathname.split("/").pop();

/** A comma needs no escape, and a list is read more easily with it. */
const writeQuery = (parts) => new URLSearchParams(parts).toString().replaceAll("%2C", ",");
