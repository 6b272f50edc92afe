/**
 * The page's side of a training in the tab.
 *
 *     const training = new TabTraining(() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), {
 *       workers: 2, order: { world, atlas, kernels, config, evaluation, spec },
 *       tell: (kind, value) => {},          // evaluation, record, weights; see run.js
 *     });
 *     training.ask("pause")                   // or go, stop, save
 *     await training.ended                    // {step, status, file, digest, memory}; throws one sentence
 *
 * The page hands messages from one worker to the other. A MessageChannel between them gains nothing in Firefox, and
 * WebKit starts no worker from a worker of a page on file://.
 */

export class TabTraining {
  /**
   * @param {() => Worker} createWorker
   * @param {{workers: number, order: import("./run.js").Order, tell?: (kind: string, value: any) => void}} options
   */
  constructor(createWorker, { workers, order, tell = () => {} }) {
    const roles = workers > 1 ? [["image"], ["text"]] : [["image", "text"]];
    this.workers = roles.map(createWorker);
    /** @type {Promise<{step: number, status: string, file: Uint8Array, digest: string | null, memory: number}>} */
    this.ended = new Promise((resolve, reject) => {
      this.workers.forEach((worker, place) => {
        worker.onerror = (event) => reject(new Error(event.message || "The training of this page could not start."));
        worker.onmessage = ({ data: { kind, value, moved, ...rest } }) => {
          if (kind === "peer") this.workers[1 - place].postMessage({ kind, value, ...rest }, moved);
          else if (kind === "failed") reject(new Error(value));
          else {
            tell(kind, value);
            if (kind === "weights" && value.status) resolve(value);
          }
        };
        worker.postMessage({ kind: "start", roles: roles[place], order });
      });
    });
    this.ended.catch(() => {}).finally(() => this.close());
  }

  /** @param {"pause" | "go" | "stop" | "save"} kind */
  ask(kind) {
    this.workers[0].postMessage({ kind });
  }

  /** End the workers at once. */
  close() {
    this.workers.forEach((worker) => worker.terminate());
  }
}
