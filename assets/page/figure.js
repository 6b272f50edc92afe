// A figure that Python made, {plotly: {data, layout}, sentence, table: {columns, rows}}: drawn by Plotly, which is
// loaded at the first one, with its sentence, its table, and files of both. Without Plotly the sentence and the table
// remain.
//
//   html`<${Figure} name="margins" title="Margins" figure=${answer.figures.margins}
//     onSelect=${({ x, y, point, text }) => ...} />`
//
// A color is the name of a role, "role:right", which figures.css paints in both themes. Words from data reach the page
// as text, or as text that Python has escaped for Plotly.

import { once } from "../engine/once.js";
import { inWords } from "./figure-words.js";
import { saveTable } from "./save-file.js";
import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { say } from "./words.js";

const HEIGHT = 340,
  NARROW = 480,
  LEGEND_LINE = 18;

/** Plotly's own object. */
const loadPlotly = once(
  () =>
    new Promise((done, failed) => {
      const script = Object.assign(document.createElement("script"), {
        src: new URL("../plotly.min.js", import.meta.url).href,
      });
      script.onload = () => done(window.Plotly);
      script.onerror = () => failed(new Error("Plotly is not loaded"));
      document.head.append(script);
    }),
);

export function Figure({ name, title, figure, height = HEIGHT, isTableOpen = false, onSelect }) {
  const [isLost, lose] = useState(false),
    [isZoomed, zoom] = useState(false),
    [isOpen, open] = useState(isTableOpen),
    plot = useDrawing({ figure, height, onSelect, lose, zoom });
  const save = (format) => saveFigure(plot.current, figure, name, format),
    whole = () =>
      loadPlotly().then((plotly) => {
        zoom(false);
        plotly.purge(plot.current);
        delete plot.current.dataset.ready;
        return show(plotly, plot.current, figure, height);
      });
  return html`<figure class="figure" data-name=${name}><div class="figure-plot" ref=${plot} role="img"
    aria-label=${title ? say`${title}: ${figure.sentence}` : say(figure.sentence)}
    style=${{ minHeight: `${isLost ? 0 : (figure.plotly.layout.height ?? height)}px` }}></div>
    <figcaption>${say(figure.sentence)}</figcaption>${
      isLost &&
      html`<p class="figure-note">
      ${say("The drawing could not be loaded. Its numbers are in the table below.")}</p>`
    }
    <div class="figure-tools">${
      !isLost &&
      html`<button type="button" onClick=${() => save("png")}>PNG</button>
      <button type="button" onClick=${() => save("svg")}>SVG</button>`
    }
      <button type="button" onClick=${() => csv(figure.table, name)}>CSV</button>
      ${isZoomed && html`<button type="button" onClick=${whole}>${say("Whole figure")}</button>`}
      <details open=${isOpen || isLost} onToggle=${({ currentTarget }) => open(currentTarget.open)}>
        <summary>${say("Table")}</summary>
        ${(isOpen || isLost) && html`<${FigureTable} title=${title} ...${figure.table} />`}</details></div></figure>`;
}

/**
 * A reference to the element in which the figure is drawn, anew when its size or the theme changes; `lose(true)` says
 * that it cannot be, `zoom` whether a part of it is shown.
 */
function useDrawing({ figure, height, onSelect, lose, zoom }) {
  const plot = useRef(null),
    drawn = useRef({});
  drawn.current = { figure, onSelect };
  useEffect(() => {
    const { current: element } = plot;
    let isGone = false,
      ready = null;
    async function draw() {
      if (!element.clientWidth || isGone) return; // a hidden figure is drawn when it is seen
      try {
        ready ??= await loadPlotly();
      } catch {
        lose(true);
        return;
      }
      if (isGone) return;
      await show(ready, element, drawn.current.figure, height);
      listen(element, drawn, zoom);
      element.dataset.ready = "true";
    }
    const sizes = new ResizeObserver(draw),
      themes = new MutationObserver(draw);
    sizes.observe(element);
    themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    return () => {
      isGone = true;
      sizes.disconnect();
      themes.disconnect();
      ready?.purge(element); // its listeners go too
      delete element.dataset.ready;
    };
  }, [figure, height]);
  return plot;
}

function FigureTable({ title, columns, rows }) {
  const isNumber = columns.map((_, index) => rows.some((row) => typeof row[index] === "number")),
    side = (column) => (isNumber[column] ? "is-number" : "");
  return html`<div class="figure-table" tabindex="0" role="region" aria-label=${say(title ?? "Table")}>
    <table><thead><tr>
    ${columns.map((each, index) => html`<th scope="col" class=${side(index)}>${say(each)}</th>`)}</tr></thead><tbody>
    ${rows.map(
      (row) =>
        html`<tr>${row.map(
          (cell, index) => html`<td class=${side(index)}>
    ${cell === null ? "–" : typeof cell === "string" ? say(cell) : String(cell)}</td>`,
        )}</tr>`,
    )}</tbody></table></div>`;
}

// ---- Drawing

/** A part of a figure with the colors of its roles, as `element` is painted. */
function withColors(node, style) {
  if (typeof node === "string")
    return node.startsWith("role:") ? style.getPropertyValue(`--figure-${node.slice(5)}`).trim() || "#888" : node;
  if (Array.isArray(node)) return node.map((each) => withColors(each, style));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, withColors(each, style)]));
}

function figureOf({ plotly }, element, style) {
  const {
      data,
      layout: { meta, ...look },
    } = inWords(plotly),
    painted = withColors(look, style);
  // a finger scrolls the page
  Object.assign(painted, {
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    font: { ...painted.font, family: getComputedStyle(element).fontFamily },
  });
  if (element.clientWidth < NARROW) painted.font.size = 11;
  return { data: withColors(data, style), layout: painted };
}

async function show(Plotly, element, figure, height) {
  const { data, layout } = figureOf(figure, element, getComputedStyle(element));
  // In a narrow plot the legend is a column, which must not eat the drawing.
  const names = data.filter((trace) => trace.showlegend !== false && trace.type !== "heatmap").length,
    legend = element.clientWidth < NARROW ? Math.max(0, names - 2) * LEGEND_LINE : 0;
  const whole = (layout.height ?? height) + legend;
  element.style.height = `${whole}px`;
  await Plotly.react(
    element,
    data,
    { ...layout, height: whole, width: element.clientWidth },
    { displayModeBar: false, showTips: false, doubleClick: "reset", responsive: false },
  );
}

function listen(element, drawn, zoom) {
  if (element.dataset.ready || !element.on) return;
  element.on("plotly_click", ({ points: [point] }) => {
    const at = point.pointNumber,
      cell = Array.isArray(at) ? { x: at[1], y: at[0] } : { x: point.x, y: point.y };
    drawn.current.onSelect?.({
      ...cell,
      curve: point.curveNumber,
      point: at,
      text: point.data.keys?.[at] ?? point.text,
    });
  });
  element.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.includes(".range["))) zoom(true);
  });
  element.on("plotly_doubleclick", () => zoom(false));
}

// ---- Files

async function saveFigure(element, figure, name, format) {
  const drawing = figureOf(figure, element, getComputedStyle(document.documentElement)); // a page of paper is light
  drawing.layout.paper_bgcolor = "#ffffff";
  const Plotly = await loadPlotly();
  Plotly.downloadImage(drawing, {
    format,
    scale: format === "png" ? 3 : 1,
    filename: name,
    width: element.clientWidth,
    height: element.clientHeight,
  });
}

const csv = ({ columns, rows }, name) => saveTable([columns, ...rows], `${name}.csv`);
