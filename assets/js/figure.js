// Draws the value of one figure (a Drawing as JSON) with Plotly, and writes its sentence and its table.
// explorer/pages/shared/figure.py puts `const settings = {...}` in front; Gradio gives element, trigger, props and watch.
// Words from data reach the page as textContent or as text that Python has escaped for Plotly, never as innerHTML.

const root = element.querySelector(".figure");
const part = (name) => root.querySelector(`.figure-${name}`);
const say = (text) => window.explorerWords?.[text] ?? text; // what this script says itself; all else comes translated
const label = part("title").textContent.trim();
const plot = part("plot"), sentence = part("sentence"), details = root.querySelector("details"), card = part("card");
const button = (name) => root.querySelector(`button[data-do="${name}"]`);
const coarse = window.matchMedia("(pointer: coarse)").matches;

let plotly = null; // set once loaded
let drawn = false; // the plot holds a drawing
let busy = false, again = false;
let tabled = null; // the value that the table shows

// ---- Plotly, once a page, from this server: the path of the app is the configured root's, as in a Space's frame.

function assetURL(name) {
  const base = new URL(window.gradio_config?.root ?? ".", document.baseURI).pathname.replace(/\/$/, "");
  return `${base}/explorer-assets/${name}`;
}

function loadPlotly() {
  window.explorerPlotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    const before = window.Plotly; // Gradio keeps another version under this name
    script.src = assetURL(settings.plotly);
    script.onload = () => {
      const mine = window.Plotly;
      if (before) window.Plotly = before;
      done(mine);
    };
    script.onerror = () => {
      window.explorerPlotly = undefined;
      failed(new Error("not loaded"));
    };
    document.head.append(script);
  });
  return window.explorerPlotly;
}

// ---- A figure with its colors: "role:right" becomes the color of the role in this theme.

const isDark = () => Boolean(root.closest(".dark")) || document.documentElement.classList.contains("dark");

function colored(node, theme) {
  if (typeof node === "string") return node.startsWith("role:") ? settings.roles[node.slice(5)]?.[theme] ?? node : node;
  if (Array.isArray(node)) return node.map((each) => colored(each, theme));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, colored(each, theme)]));
}

// In projector view all type of the drawing grows, with the room around it and the width of its lines.
const enlarge = () => Number(getComputedStyle(root).getPropertyValue("--enlarge")) || 1;
const GROWING = { font: ["size"], tickfont: ["size"], textfont: ["size"], margin: ["l", "r", "t", "b"], line: ["width"], marker: ["size"] };

function grown(node, by, kind = "") {
  if (by === 1 || node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map((each) => grown(each, by, kind));
  const grow = (key, each) => (GROWING[kind]?.includes(key) && typeof each === "number" ? each * by : grown(each, by, key));
  return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, grow(key, each)]));
}

function figureOf(value, dark) {
  const { meta, ...look } = value.figure.layout;
  const by = enlarge();
  const layout = grown(colored(look, dark ? 1 : 0), by);
  layout.font.family = getComputedStyle(root).fontFamily;
  layout.dragmode = coarse ? false : "zoom"; // a finger scrolls the page
  if (plot.clientWidth < 480 && by === 1) layout.font.size = 11; // a phone, not a projector
  return { data: grown(colored(value.figure.data, dark ? 1 : 0), by), layout };
}

// In a narrow plot the legend is a column, which must not eat the drawing.
function legendHeight(data) {
  const names = data.filter((trace) => trace.showlegend !== false && trace.type !== "heatmap").length;
  return plot.clientWidth < 480 ? Math.max(0, names - 2) * 18 : 0;
}

const count = (trace) => (trace.z ? trace.z.reduce((sum, row) => sum + row.length, 0) : (trace.x ?? []).length);

// ---- Drawing: one at a time, the newest value wins; a hidden figure waits until it is shown.

async function draw() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    do {
      again = false;
      await drawOnce();
    } while (again);
  } finally {
    busy = false;
  }
}

async function drawOnce() {
  const value = props.value;
  const started = performance.now();
  root.dataset.ready = "false";
  tell(value);
  if (!value) return clear();
  if (!plot.clientWidth) return;
  try {
    plotly ??= await loadPlotly();
  } catch {
    return excuse();
  }
  await show(value);
  root.dataset.points = String(value.figure.data.map(count).reduce((sum, each) => sum + each, 0));
  root.dataset.draws = String(Number(root.dataset.draws ?? 0) + 1);
  root.dataset.ms = (performance.now() - started).toFixed(1);
  root.dataset.ready = "true";
}

async function show(value) {
  const figure = figureOf(value, isDark());
  // As tall as the type asks, as long as it fits a projector's 720 lines.
  const height = (figure.layout.height ?? settings.height) * Math.min(enlarge(), 1.4) + legendHeight(figure.data);
  plot.style.height = `${height}px`;
  Object.assign(figure.layout, { height, width: plot.clientWidth });
  plot.querySelector(".figure-note")?.remove();
  const config = { displayModeBar: false, showTips: false, doubleClick: "reset", responsive: false };
  await plotly.react(plot, figure.data, figure.layout, config);
  if (!drawn) listen();
  drawn = true;
}

function clear() {
  if (drawn) plotly.purge(plot);
  drawn = false;
  unpoint();
  root.dataset.points = "0";
  root.dataset.ready = "empty";
}

function excuse() {
  const note = document.createElement("p");
  note.className = "figure-note";
  note.textContent = say("The drawing could not be loaded. Its numbers are in the table below.");
  plot.replaceChildren(note);
  details.open = true;
  root.dataset.ready = "failed";
}

function tell(value) {
  sentence.textContent = value?.sentence ?? "";
  plot.setAttribute("aria-label", value ? `${label}: ${value.sentence}` : label);
  part("tools").hidden = !value;
  fillTable();
}

// ---- The table twin, built while it is open.

function fillTable() {
  const value = props.value;
  if (!details.open || !value || tabled === value) return;
  tabled = value;
  const table = document.createElement("table");
  table.createCaption().textContent = label;
  const head = table.createTHead().insertRow();
  const numeric = value.columns.map((_, i) => value.rows.some((row) => typeof row[i] === "number"));
  value.columns.forEach((name, i) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    cell.classList.toggle("is-number", numeric[i]);
    head.append(cell);
  });
  const body = table.createTBody();
  for (const row of value.rows) {
    const line = body.insertRow();
    row.forEach((cell, i) => {
      const made = line.insertCell();
      made.textContent = cell === null ? "–" : String(cell);
      made.classList.toggle("is-number", numeric[i]);
    });
  }
  part("table").replaceChildren(table);
}

// ---- Files

function csvCell(cell) {
  if (cell === null) return "";
  // A spreadsheet would run text that begins like a formula.
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function saveTable() {
  const { columns, rows } = props.value;
  const text = [columns, ...rows].map((row) => Array.from(row, csvCell).join(",")).join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  link.download = `${settings.file}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function savePicture(format) {
  const figure = figureOf(props.value, false); // a page of paper is light
  figure.layout.paper_bgcolor = "#ffffff";
  const size = { width: plot.clientWidth, height: plot.clientHeight };
  const scale = format === "png" ? 3 : 1;
  plotly?.downloadImage(figure, { format, scale, filename: settings.file, ...size });
}

// ---- Pointing: clicks become `select` events; a figure with pictures shows the pair under the pointer.

function listen() {
  plot.on("plotly_click", (event) => {
    const point = event.points[0];
    const at = point.pointNumber;
    const cell = Array.isArray(at) ? { x: at[1], y: at[0] } : { x: point.x, y: point.y };
    // A translated drawing keeps its texts in English as `keys`: a handler knows a point by them.
    trigger("select", { ...cell, curve: point.curveNumber, point: at, text: point.data.keys?.[at] ?? point.text });
  });
  plot.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.includes(".range["))) button("reset").hidden = false;
  });
  plot.on("plotly_doubleclick", () => (button("reset").hidden = true));
  plot.on("plotly_hover", (event) => point(event.points[0].pointNumber));
  plot.on("plotly_unhover", unpoint);
}

function point(i) {
  const meta = props.value?.figure.layout.meta;
  if (!meta) return;
  const [image, ...captions] = plot._fullData.map((trace) => place(trace, i));
  part("lines")?.remove();
  const lines = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  lines.classList.add("figure-lines");
  captions.forEach((end, k) => end && image && lines.append(line(image, end, k ? "swapped" : "right")));
  plot.append(lines);
  fillCard(meta, i, image);
}

function place(trace, i) {
  const { xaxis, yaxis } = plot._fullLayout;
  const [x, y] = [trace.x[i], trace.y[i]];
  return x === null || y === null ? null : [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
}

function line(from, to, role) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1], "stroke-width": 2 };
  Object.entries(ends).forEach(([name, value]) => made.setAttribute(name, value));
  made.setAttribute("stroke", settings.roles[role][isDark() ? 1 : 0]);
  if (role === "swapped") made.setAttribute("stroke-dasharray", "5 4");
  return made;
}

function fillCard(meta, i, image) {
  const shown = [];
  const picture = meta.thumbnails[i];
  if (picture?.startsWith("data:image/")) {
    const img = document.createElement("img");
    img.src = picture;
    img.alt = "";
    shown.push(img);
  }
  for (const [mark, text] of [["✓", meta.captions[i]], ["✗", meta.swapped[i]]]) {
    if (!text) continue;
    const words = document.createElement("p");
    words.textContent = `${mark} ${text}`;
    shown.push(words);
  }
  card.replaceChildren(...shown);
  card.hidden = false;
  const right = image && image[0] < plot.clientWidth / 2;
  card.style.top = "28px";
  card.style.right = right ? "8px" : "auto";
  card.style.left = right ? "auto" : "8px";
}

function unpoint() {
  card.hidden = true;
  part("lines")?.remove();
}

// ---- What makes it draw: a new value, another width, another theme.

for (const format of ["png", "svg"]) button(format).addEventListener("click", () => savePicture(format));
button("table").addEventListener("click", saveTable);
button("reset").addEventListener("click", () => {
  button("reset").hidden = true;
  plotly.purge(plot);
  drawn = false;
  draw();
});
details.addEventListener("toggle", fillTable);
watch("value", draw);

let width = plot.clientWidth;
new ResizeObserver(() => {
  if (plot.clientWidth === width) return;
  width = plot.clientWidth;
  if (width) draw();
}).observe(plot);

const themes = new MutationObserver(() => {
  if (!element.isConnected) themes.disconnect();
  else if (drawn) draw();
});
for (const node of [document.documentElement, document.body]) {
  themes.observe(node, { attributes: true, attributeFilter: ["class"] });
}

draw();
