// Where answers come from. The Workbench knows one object, a backend:
//
//   catalog, poll_ms, isStatic        what recipes and dials there are; how often a run is asked for; nothing trains
//   send(name, wish)                  what a person wants: dialed, started, stop, polled, compared, listed, looked, tried, opposite
//   watch({data, training})           called with each new value of the dials and of the run, whoever asked for it
//   pairs(world)                      a promise of the twelve pairs, and of the models that answer them
//   mountTyped(element), openScene(run)
//
// Today's host is Gradio: a wish is an event of a column, an answer the column's new value.

const OF_COLUMN = { dialed: "data", opposite: "outcome", looked: "outcome", tried: "outcome" };

export class GradioBackend {
  /** @param columns {data, training, outcome}: what Gradio hands to the script of each: {props, trigger, watch} */
  constructor(columns) {
    this.columns = columns;
    Object.assign(this, columns.data.props.settings);
    this.isStatic = false;
    this.root = new URL(window.gradio_config?.root ?? ".", document.baseURI).pathname.replace(/\/$/, "");
  }

  send(name, wish) {
    this.columns[OF_COLUMN[name] ?? "training"].trigger(name, wish);
  }

  watch(takes) {
    for (const [name, take] of Object.entries(takes)) {
      const { props, watch } = this.columns[name], hand = () => props.value && take(props.value);
      watch("value", hand);
      hand();
    }
  }

  async pairs(world) {
    return (await fetch(`${this.root}${this.pairs_address}${world ? `?world=${encodeURIComponent(world)}` : ""}`)).json();
  }

  mountTyped(element) {
    return mountTyped(element);
  }

  openScene(run) {
    return openScene(run, (question) => this.send("tried", { ...question, run: run.name }));
  }
}

/** The box of a typed caption; `engine` is another than the page's own. */
export async function mountTyped(element, engine) {
  const { mountTyped: mount } = await import("../../js/scene/typed.js");
  return mount(element, { language: window.explorerLanguage || "en", engine });
}

/** A scene of one's own, answered by this run's model in the browser; from there its picture goes to Ask a real CLIP. */
async function openScene(run, onProbe) {
  const { openScene: open } = await import("../../js/scene/dialog.js");
  const dialog = await open({ run: run.name, title: run.label, onProbe });
  dialog.scrollTop = 0; // the object that has the focus scrolled itself into sight
}
