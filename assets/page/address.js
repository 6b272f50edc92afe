// The address of the page: a view, and named parts that views read and write. Parts that nobody names stay.
//
//   const address = new Address(isStatic);
//   address.get("run"); address.write({ run: "tidy-3" }, { isStep: true }); address.watch(() => ...)   // after back or
//   forward
//
// A view is the part `tab`; lessons, classes and About have addresses of their own on a server.

/** Views by the part `tab`, and those that have an address of their own, with their names. */
export const TABS = {
  workbench: "Workbench",
  inspect: "Look inside",
  study: "The evidence",
  probe: "Ask a real CLIP",
  scene: "Your own scene",
  things: "Your own things",
  open: "Open questions",
};
/** Views that only a link opens. */
export const LINKED = { repeat: "A training to repeat" };
export const PAGES = { lesson: "A lesson in seven steps", class: "Class", about: "About" };
/** Views of earlier versions; `teach` opens what shares. */
export const OF_OLD = { play: "workbench", train: "workbench", teach: "workbench" };
/** The languages of the page, by the part `lang`, as each calls itself; their words: `assets/i18n/`. */
export const LANGUAGES = { en: "English", zh: "中文" };
/** Whose frame shows a Space; it writes the address that a person copies. */
const FRAME = "https://huggingface.co";

export class Address {
  /**
   * @param isStatic whether the page is a file, which has one address for all views
   * @param opens what stands for none
   */
  constructor(isStatic, opens = "") {
    this.isStatic = isStatic;
    this.opens = opens;
    this.watchers = new Set();
    window.addEventListener("popstate", () => this.watchers.forEach((each) => each()));
  }

  query() {
    return new URLSearchParams(location.search || this.opens);
  }

  /** The run that a page in one file opens with, "" elsewhere. */
  get heldRun() {
    return new URLSearchParams(this.opens).get("run") ?? "";
  }

  /** A part, "" where there is none. */
  get(name) {
    return this.query().get(name) ?? "";
  }

  /** The view that the address asks for, as it was named there, "" where it names none. */
  view() {
    const asked = this.nameOf() || (this.get("repeat") && "repeat");
    return OF_OLD[asked] ?? (asked === "outcome" ? "workbench" : asked);
  }

  /** Whether it names this view, under a name of today or of an earlier version. */
  isOf(view) {
    return this.nameOf() === view;
  }

  nameOf() {
    const isPage = !this.isStatic && (Object.hasOwn(PAGES, last()) || Object.hasOwn(OF_OLD, last()));
    return isPage ? last() : this.get("only") || this.get("tab");
  }

  /** The address of a view, relative to this page; a part "" is left out, and no part of another view is kept. */
  link(view, parts = {}) {
    const kept = ["lang", "view", "dark"].map((name) => [name, this.get(name)]),
      isPage = !this.isStatic && Object.hasOwn(PAGES, view);
    const given = Object.entries({ ...Object.fromEntries(kept), ...(isPage ? {} : { tab: view }), ...parts }).filter(
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
    const text = writeQuery([...query]);
    const isOld = !this.isStatic && Object.hasOwn(OF_OLD, last()),
      path = isOld ? "./" : location.pathname;
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
      /* a frame that may not: the view turns all the same */
    }
    if (window.parent !== window) window.parent.postMessage({ queryString: location.search.slice(1) }, FRAME);
  }

  watch(fn) {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }
}

/** The last part of the path. */
const last = () => location.pathname.split("/").pop();

/** A comma needs no escape, and a list is read more easily with it. */
const writeQuery = (parts) => new URLSearchParams(parts).toString().replaceAll("%2C", ",");
