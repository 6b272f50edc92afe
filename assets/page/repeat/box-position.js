// Where the box of an opened dot stands: beside the dot and never over it, or at the foot of a screen without room.
//
//   const position = new BoxPosition(root, host); // the box is the first child of `host`, which stands in `root`
//   position.put(dot);                            // after the box was drawn
//   position.forget();                            // before the box of another dot, or a window of another size

import { clamp } from "../numbers.js";

const GAP = 30,
  EDGE = 12,
  NARROW = 700;

export class BoxPosition {
  /** @param {HTMLElement} root @param {HTMLElement} host */
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.forget();
  }

  forget() {
    /** Where the box stands in `root`, and the height that it had at most: {top, height}. */ this.span = null;
  }

  /**
   * The box keeps its place and its height while it tells of one dot, and moves only where a taller state would not fit
   * in the window.
   * @param {Element | null} element the dot
   */
  put(element) {
    const box = this.host.firstElementChild;
    if (!box) this.root.style.paddingBottom = "";
    if (!box || !element) return;
    const dot = element.getBoundingClientRect(),
      around = this.root.getBoundingClientRect(),
      { span } = this;
    box.classList.remove("rp-foot");
    const needed = GAP + box.offsetWidth + EDGE,
      isRight = dot.right + needed <= innerWidth,
      isFoot = innerWidth < NARROW || !(isRight || dot.left >= needed);
    box.classList.toggle("rp-foot", isFoot);
    box.style.minHeight = span ? `${span.height}px` : "";
    const height = box.offsetHeight;
    this.root.style.paddingBottom = isFoot ? `${height}px` : ""; // so that the last dot can be scrolled above it
    if (span && height <= span.height) return;
    if (isFoot) {
      this.span = { top: 0, height };
      Object.assign(box.style, { left: "", top: "" });
      return;
    }
    const left = isRight ? dot.right + GAP : dot.left - GAP - box.offsetWidth,
      middle = dot.top + dot.height / 2,
      lowest = Math.max(EDGE, innerHeight - height - EDGE),
      wanted = span ? span.top + around.top : Math.max(middle - 0.72 * height, EDGE),
      top = Math.min(wanted, lowest);
    this.span = { top: top - around.top, height };
    box.dataset.side = isRight ? "right" : "left";
    box.style.left = `${left - around.left}px`;
    box.style.top = `${top - around.top}px`;
    box.style.setProperty("--arrow", `${clamp(middle - top, 24, height - 24)}px`);
  }

  /** Bring an opened dot into the window above a box at the foot of the screen. @param {Element} element the dot */
  uncover(element) {
    const box = this.host.firstElementChild,
      { top, bottom } = element.getBoundingClientRect(),
      foot = innerHeight - box.offsetHeight;
    if (box.classList.contains("rp-foot") && (bottom > foot || top < 0)) scrollBy(0, bottom - foot / 2);
  }
}
