/**
 * Elements without markup in strings: text stays text, wherever it comes from.
 *
 *     element("button", { class: "scene-button", onclick }, ["Remove"])
 */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] a function becomes a property, null and false are left out
 * @param {(Node | string)[]} [children]
 * @returns {any} the element
 */
export function element(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") /** @type {any} */ (node)[name] = value;
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}
