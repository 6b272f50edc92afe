// The shell: one page, its views, its address and its header. A view is a module that is imported when it is first
// shown:
//
//   export async function open(element, page, brought) {
//     ...
//     return { arrive(brought) {}, leave() {}, keepTyped() {} };      // each may be absent
//   }
//
// `element` is its own; `page` is what all views share (see `start`). `open` shows what the address says. `arrive` does
// so again, each time that somebody comes to the view afterwards by a link or by Back and Forward, also from itself.
// `brought` is what another view brings along that stands in no address. A page in another language is a new page:
// before it comes, `keepTyped` keeps what a person has typed and what stands in no address, for its `open`.

import { Engine, serverSource } from "../engine/client.js";
import { once } from "../engine/once.js";
import { Address, FIRST_VIEW, MODULES, findView } from "./address.js";
import { GONE, ServerBackend } from "./backend.js";
import { contract, setContract } from "./contract.js";
import { keep, ownerKey } from "./kept.js";
import { WORLD } from "./recipe.js";
import { Refused } from "./refused.js";
import { breath } from "./store.js";
import { learn, say } from "./words.js";

const NAME = "CLIP Binding Explorer";

/** Something that several views look at: the dials, which the Workbench has and others read and set. */
function observable(value) {
  const watchers = new Set();
  return {
    get: () => value,
    set: (next) => {
      value = next;
      watchers.forEach((each) => each(next));
    },
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The pressed link may be in what is hidden now, and the reader goes on in the view. */
const focusViews = () => document.getElementById("views").focus({ preventScroll: true });

/** Say in place of an element why it could not be opened. @param {string} otherwise of an error that nobody worded */
function drawFailure(element, error, otherwise) {
  element.replaceChildren(
    Object.assign(document.createElement("p"), {
      className: "view-failed",
      textContent: say(error instanceof Refused ? error.message : otherwise),
    }),
  );
}

/** Whether a press of a link asks for this page, and for no other tab, window or file. */
const isPlainPress = ({ button, ctrlKey, metaKey, shiftKey, altKey }) =>
  !button && !ctrlKey && !metaKey && !shiftKey && !altKey;

class Shell {
  constructor(page) {
    this.page = page;
    this.opened = {}; // view -> promise of what its module returned
    this.views = {}; // view -> the same, once it is there
    this.here = null;
  }

  go(view, parts = {}, brought = undefined) {
    this.page.address.turn(view, parts);
    this.show(view, brought);
    window.scrollTo(0, 0);
  }

  /** Show the view that the address names already. */
  async show(view, brought = undefined) {
    if (this.here !== view) this.reveal(view);
    const isFirst = !this.opened[view];
    this.opened[view] ??= this.open(view, brought);
    const opened = await this.opened[view];
    if (!isFirst && this.here === view) opened?.arrive?.(brought);
  }

  reveal(view) {
    const before = this.here;
    this.here = view;
    document.body.dataset.view = view;
    for (const each of document.querySelectorAll("#views > *")) each.hidden = each.id !== `view-${view}`;
    this.markHeader(view);
    if (before) focusViews();
    if (before) this.opened[before]?.then((opened) => opened?.leave?.());
  }

  async open(view, brought) {
    const element =
      document.getElementById(`view-${view}`) ??
      Object.assign(document.createElement("section"), { id: `view-${view}` });
    if (!element.isConnected) document.getElementById("views").append(element);
    element.querySelector(":scope > .view-failed")?.remove(); // of the last try
    try {
      // Other views load the tab's trainings when they need them: the scripts are large.
      const isWithTab = contract.views[view].with_tab || this.page.address.get("run").startsWith("tab-"),
        [{ open }] = await Promise.all([
          this.page.lacks(view) ? import("./absent.js") : MODULES[view](),
          isWithTab && this.page.loadTab(),
        ]);
      await breath(); // the modules of a view have just run
      this.views[view] = await open(element, this.page, brought);
      return this.views[view];
    } catch (error) {
      console.error(error);
      drawFailure(element, error, "This page could not be opened. Load it again.");
      delete this.opened[view];
      return null;
    }
  }

  /** Which entry of the header is the page that is shown. */
  markHeader(view) {
    const { title, part_of } = contract.views[view];
    for (const link of document.querySelectorAll(".wb-top a[data-view]")) {
      if ([view, part_of].includes(link.dataset.view)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const linkText = document.querySelector(`.wb-top a[data-view=${view}]`)?.textContent;
    if (linkText) document.querySelector(".wb-pages span").textContent = linkText;
    // The Workbench's title is the product's name; translate.js finds it, as every text of the page.
    document.title = view === FIRST_VIEW ? NAME : `${say(title)} · ${say(NAME)}`;
  }
}

/** Follow the header: pages, language, projector, dark, and its menus. */
function wireHeader(shell, { address, language }) {
  const header = document.querySelector(".wb-top"),
    menu = header.querySelector(".wb-menu"),
    pages = header.querySelector(".wb-pages");
  const openPages = (isOpen) => pages.setAttribute("aria-expanded", String(isOpen));
  const close = () => {
    menu.open = false;
    openPages(false);
  };
  for (const link of header.querySelectorAll("[data-view]")) link.href = address.link(link.dataset.view);
  header.querySelector(`[data-language=${language}]`)?.setAttribute("aria-current", "true");
  const acts = {
    toggleProjector: () => address.write({ view: document.body.classList.toggle("projector") ? "projector" : "" }),
    toggleDark() {
      const isDark = document.body.classList.toggle("dark");
      address.write({ dark: "", light: "" });
      keep("clip-binding-explorer-theme", isDark ? "dark" : "light");
    },
  };
  header.addEventListener("click", (event) => {
    const pressed = event.target.closest("a, button");
    if (!pressed || !isPlainPress(event)) return;
    if (pressed === pages) return openPages(pages.getAttribute("aria-expanded") !== "true");
    if (pressed.dataset.act) return acts[pressed.dataset.act]();
    event.preventDefault();
    close();
    const { view } = pressed.dataset;
    if (view && view === shell.here) {
      focusViews();
      return window.scrollTo(0, 0); // what it shows stays, and so does its address
    }
    if (view) return shell.go(view);
    const query = address.query();
    query.set("lang", pressed.dataset.language);
    for (const each of Object.values(shell.views)) each?.keepTyped?.();
    location.assign(`?${query}`);
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!header.contains(target)) close();
  });
  header.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const opener = menu.open ? menu.querySelector("summary") : pages.getAttribute("aria-expanded") === "true" && pages;
    close();
    if (opener) opener.focus();
  });
}

const folderOf = ({ pathname }) => pathname.slice(0, pathname.lastIndexOf("/") + 1);

/** A link of a view to another one turns the page, where a plain press asks for it. */
function wireLinks(shell) {
  document.getElementById("views").addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.target || link.hasAttribute("download") || !isPlainPress(event) || event.defaultPrevented) return;
    const to = new URL(link.href),
      pageUrl = new URL(shell.page.address.link(FIRST_VIEW), document.baseURI), // of a frame of text, that around it
      { tab, ...parts } = Object.fromEntries(to.searchParams),
      last = to.pathname.slice(folderOf(pageUrl).length),
      view = to.pathname === pageUrl.pathname ? findView(tab) : contract.views[last]?.has_address && last;
    if (to.origin !== pageUrl.origin || folderOf(to) !== folderOf(pageUrl) || !view || to.hash) return;
    event.preventDefault();
    shell.go(view, parts);
  });
}

async function start() {
  const backend = globalThis.oneFile ? await frozenBackend() : new ServerBackend(ownerKey);
  const address = new Address(backend.kind === "static", backend.firstQuery),
    page = {
      language: window.explorerLanguage,
      backend, // after `loadTab` another one: what was opened before asks `page.backend` each time
      address,
      ownerKey,
      catalog: null, // until the server's has come
      dialed: observable(null), // the dials of the Workbench
      tab: null, // what trains in this tab, after `loadTab`
      loadTab: once(async () => Object.assign(page, await (await import("./tab/bench.js")).addTab(page))),
      models: backend.models,
      // one worker for dials, typed captions and scenes; a page in one file brings its own
      engine: backend.engine ?? new Engine(serverSource(new URL("../", import.meta.url))),
      lacks: (view) => backend.lacks?.(view) ?? false,
      go: (view, parts) => shell.go(view, parts),
      isShown: (view) => shell.here === view,
      /**
       * Turn to the Workbench with data of another view: it trains them where that is asked; then it goes on with the
       * data `next`.
       */
      toWorkbench: ({ preset, values }, { isTrained = false, place = null, next = null } = {}) =>
        shell.go("bench", {}, { preset, values, isTrained, place, next }),
      /** Turn to Ask with a picture and two captions of another view, asked of real models. */
      toAsk: (question) => shell.go("ask", {}, question),
    };
  const shell = new Shell(page),
    view = address.view();
  if (!page.lacks(view)) void MODULES[view]().catch(() => undefined); // while the catalog comes
  if (view === FIRST_VIEW) void page.engine.loadWorld(WORLD).catch(() => undefined); // and what draws its first samples
  page.catalog = await backend.view("catalog", {}, { isPublic: true });
  setContract(page.catalog.contract);
  if (backend.carried?.own) (await import("./own-worlds.js")).OwnWorlds.of(page).keep(backend.carried.own);
  await globalThis.explorerTable; // what is drawn before it comes would stay English
  wireHeader(shell, page);
  wireLinks(shell);
  window.addEventListener("popstate", () => shell.show(address.view()));
  await shell.show(address.view());
  if (backend.carried?.report) (await import("./file-report.js")).draw(backend.carried.report, page);
}

/** A page in one file carries its answers itself. */
async function frozenBackend() {
  const [{ FrozenBackend }, carried] = await Promise.all([import("./frozen.js"), globalThis.oneFile.unpack("carried")]);
  const content = JSON.parse(new TextDecoder().decode(carried));
  await learn(content.sentences);
  return new FrozenBackend(content);
}

start().catch((error) => {
  console.error(error);
  drawFailure(document.getElementById("views"), error, GONE);
});
