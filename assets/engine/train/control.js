/**
 * What a page asks of a training, which the first of its workers looks at between two steps.
 *
 *     const control = new Control();
 *     control.receive("pause");
 *     await control.look();                   // let waiting messages in
 *     if (control.isPaused) await control.change();
 */

export class Control {
  constructor() {
    this.isPaused = false;
    this.isStopped = false;
    this.wantsWeights = false;
    this.wantsState = false;
    this.wake = () => {};
  }

  /** @param {string} kind pause, go, stop, save or keep */
  receive(kind) {
    this.isPaused = kind === "pause" || (this.isPaused && kind !== "go");
    this.isStopped ||= kind === "stop";
    this.wantsWeights ||= kind === "save";
    this.wantsState ||= kind === "keep";
    this.wake();
  }

  /** Let waiting messages in. @returns {Promise<void>} */
  async look() {
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    port1.close();
  }

  /** @returns {Promise<void>} once something else is asked for */
  change() {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
