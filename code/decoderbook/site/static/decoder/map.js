/* An attention map as a table that the arrow keys walk through, and all heads of its kind as small pictures. */

import { button, h, keepHeight, number, svg, tokenLines } from "./dom.js";

const name = ({ token, latin }) => tokenLines({ token, latin: latin || undefined });
const FAINT = 0.05; // a narrow window writes no smaller weight
const label = ({ token, latin }) => [token, latin].filter(Boolean).join(" ");

/* onCell(row, column), onHead(layer, head) */
export function createMap(onCell, onHead) {
  const thumbs = h("div", { class: "map-heads", role: "group", "aria-label": "Heads, by arrow keys", onkeydown: walk });
  const region = h("div", { class: "map-table" });
  const element = h("div", { class: "map" }, thumbs, region);
  let view, sentence;

  function cell(row, i, j) {
    const open = view.may(i, j), weight = row[j] ?? 0, gold = view.gold.has(`${i},${j}`);
    const chosen = i === view.focus && j === view.column;
    const said = `${label(view.rows[i])} reads ${label(view.columns[j])}: ${open ? number(weight) : "masked"}${open && view.off ? ", not used" : ""}${gold ? ", gold link" : ""}`;
    return h("td", {
      role: "gridcell", tabindex: chosen ? "0" : "-1", "aria-selected": String(chosen), "aria-label": said, title: said,
      class: `${open ? "" : "masked"} ${open && weight < FAINT ? "faint" : ""} ${gold ? "gold" : ""}`, style: { "--weight": view.off ? 0 : weight }, "data-i": i, "data-j": j,
      onclick: () => onCell(i, j),
    }, open ? number(weight).replace(/^0/, "") : "\u2013");
  }

  function move(event) {
    const { i, j } = event.target.dataset, last = [view.rows.length - 1, view.columns.length - 1];
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] };
    const step = steps[event.key];
    if (i === undefined || !step) return;
    event.preventDefault();
    const [to, along] = [i, j].map((from, axis) => Math.max(0, Math.min(last[axis], Number(from) + step[axis])));
    onCell(to, along);
  }

  /* Over the heads of a layer, and to the same head of another. */
  function walk(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, step = steps[event.key];
    const [layer, head] = (event.target.dataset.head ?? "").split(".").map(Number);
    const to = step && view.heads.find((one) => one.layer === layer + step[0] && one.head === head + step[1]);
    if (step) event.preventDefault();
    if (to) onHead(to.layer, to.head);
  }

  /* Whether more lies to the right than is seen. */
  const hint = () => region.toggleAttribute("data-more", region.scrollWidth - region.clientWidth - region.scrollLeft > 1);

  function picture(weights, width) {
    const height = weights.length, unit = 4;
    const boxes = weights.flatMap((row, i) => Array.from(row, (weight, j) =>
      weight < 0.03 ? null : svg("rect", { x: j * unit, y: i * unit, width: unit, height: unit, "fill-opacity": weight.toFixed(2) })));
    return svg("svg", { viewBox: `0 0 ${width * unit} ${height * unit}`, preserveAspectRatio: "none", "aria-hidden": "true" }, boxes);
  }

  function thumb({ layer, head, weights, off }) {
    const chosen = layer === view.layer && head === view.head;
    return button(`Layer ${layer}, head ${head}${off ? ", switched off" : ""}`, () => onHead(layer, head),
      { class: `map-head ${off ? "off" : ""}`, "aria-pressed": String(chosen), tabindex: chosen ? "0" : "-1", "data-head": `${layer}.${head}` },
      picture(weights, view.columns.length), h("span", { "aria-hidden": "true" }, `${layer}.${head}`));
  }

  /* weights: of the chosen head, a row for each of rows; off: whether it is switched off, so that they are not used; heads: [{layer, head, weights, off}]; gold: "row,column" of gold links. */
  function update(next) {
    const { activeElement } = document, inGrid = region.contains(activeElement), { head: held } = thumbs.contains(activeElement) ? activeElement.dataset : {};
    const { scrollLeft } = region;
    view = next;
    thumbs.replaceChildren(...view.heads.map(thumb));
    const heads = view.columns.map((column) => h("th", { scope: "col", role: "columnheader" }, name(column)));
    const rows = view.rows.map((row, i) => h("tr", { role: "row", class: i === view.focus ? "focus" : null },
      h("th", { scope: "row", role: "rowheader" }, name(row)), view.columns.map((_, j) => cell(view.weights[i], i, j))));
    const corner = h("td", { role: "columnheader", class: "corner" }, view.corner);
    region.replaceChildren(h("table", { role: "grid", class: view.off ? "unused" : null, "aria-label": `${view.title}${view.off ? ", switched off: not used" : ""}`, onkeydown: move }, h("thead", {}, h("tr", { role: "row" }, corner, heads)), h("tbody", {}, rows)));
    region.scrollLeft = scrollLeft;
    if (view.sentence !== sentence) region.dataset.tallest = "0"; // another sentence may need less
    ({ sentence } = view);
    keepHeight(region);
    hint();
    if (inGrid) region.querySelector('td[tabindex="0"]')?.focus({ preventScroll: false });
    if (held) thumbs.querySelector('[tabindex="0"]')?.focus();
  }

  region.addEventListener("scroll", hint, { passive: true });
  new ResizeObserver(hint).observe(region);

  return { element, thumbs, region, update };
}
