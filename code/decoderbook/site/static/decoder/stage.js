/* The stage: English words above, Kannada tokens below, and lines from the token being written to the words it reads. */

import { button, h, keepHeight, marked, number, spoken, svg, tokenLines } from "./dom.js";

const SEEN = 0.02; // a weight below this draws no line
const LONG = 20; // letters; a longer word fills a phone's line and does not grow

/* onChoose(i): a token was chosen. update(view) shows
   words: [{word, known}]; tokens: [{token, latin, gloss, mark}], hidden ones too, which keep their place; shown: how many are
   written; open: whether there is a place for the next; focus: the token in focus; weights: of each word, read by it;
   off: why no word is read, if none is; written: {text, latin}; sentence: what is translated, whose tallest view the stage keeps the height of. */
export function createStage(onChoose) {
  const source = h("ol", { class: "stage-words", "aria-label": "The English words, with how much each is read" });
  const target = h("ol", { class: "stage-tokens", "aria-label": "The Kannada tokens" });
  const lines = svg("svg", { class: "stage-lines", "aria-hidden": "true" });
  const text = h("span", { class: "stage-text" }), latin = h("span", { class: "stage-latin" });
  const off = h("p", { class: "stage-off" });
  const element = h("div", { class: "stage" }, source, off, target, lines, h("p", { class: "stage-written" }, text, " ", latin));
  let view, drawn, sentence;

  function word({ word, known }, weight) {
    const read = h("span", { class: "visually-hidden" }, `, read with weight ${number(weight)}`);
    const long = word.length > LONG;
    return h("li", { class: known ? null : "unknown", "data-word": long ? null : word, style: { "--weight": weight, "--grow": long ? 0 : 1 } }, h("span", {}, marked(word)), weight >= SEEN && read);
  }

  function token(one, i) {
    if (i >= view.shown + (view.open ? 1 : 0)) return h("li", { class: "waiting", "aria-hidden": "true" }, h("span", { class: "token" }, tokenLines(one)));
    const state = { class: `token ${one.mark ?? ""} ${i === view.shown ? "next" : ""}`, "aria-pressed": String(i === view.focus) };
    if (i === view.shown) return h("li", {}, button("The next token", () => onChoose(i), state, tokenLines({ token: "?", latin: "", gloss: "" })));
    return h("li", {}, button(spoken(one), () => onChoose(i), state, tokenLines(one)));
  }

  /* Where a line from this tile passes the rows of tiles above it: [x, top, bottom] of the nearest gap in each, the lowest first. */
  function gaps(from, x, frame) {
    const rows = new Map(), { top: own } = from.getBoundingClientRect();
    for (const box of [...target.children].map((one) => one.getBoundingClientRect())) if (box.bottom <= own) rows.set(box.top, [...(rows.get(box.top) ?? []), box]);
    return [...rows.entries()].sort(([a], [b]) => b - a).map(([top, boxes]) => {
      const between = boxes.slice(1).map((box, i) => (boxes[i].right + box.left) / 2), places = [boxes[0].left - 4, ...between, boxes.at(-1).right + 4].map((place) => place - frame.left);
      x = places.reduce((best, place) => (Math.abs(place - x) < Math.abs(best - x) ? place : best));
      return [x, top - frame.top, boxes[0].bottom - frame.top];
    });
  }

  const middle = (box, side, frame) => [box.left + box.width / 2 - frame.left, box[side] - frame.top];

  function drawLines() {
    const frame = element.getBoundingClientRect(), from = target.children[view.focus];
    lines.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    if (!from) return lines.replaceChildren();
    const [x0, y0] = middle(from.getBoundingClientRect(), "top", frame), passed = gaps(from, x0, frame), [x, y] = passed.at(-1) ?? [x0, y0];
    const way = passed.map(([gap, top, bottom]) => `L${gap},${bottom}L${gap},${top}`).join("");
    const fresh = `${view.focus} ${view.weights}` !== drawn;
    drawn = `${view.focus} ${view.weights}`;
    lines.replaceChildren(...view.weights.flatMap((weight, j) => {
      if (weight < SEEN || !source.children[j]) return [];
      const [x1, y1] = middle(source.children[j].getBoundingClientRect(), "bottom", frame), bend = (y - y1) / 2;
      const d = `M${x0},${y0}${way}C${x},${y - bend} ${x1},${y1 + bend} ${x1},${y1}`;
      return [svg("path", { d, pathLength: 1, class: fresh ? "fresh" : null, style: { "--weight": weight } })];
    }));
  }

  new ResizeObserver(() => view && drawLines()).observe(element);

  function update(next) {
    const held = element.contains(document.activeElement) ? [...target.children].findIndex((li) => li.contains(document.activeElement)) : -1;
    view = next;
    source.replaceChildren(...view.words.map((one, j) => word(one, view.weights[j] ?? 0)));
    const places = view.open && view.tokens.length === view.shown ? [...view.tokens, { token: "?", latin: "", gloss: "" }] : view.tokens;
    target.replaceChildren(...places.map(token));
    off.textContent = view.off ?? "";
    text.replaceChildren(...marked(view.written.text));
    latin.replaceChildren(view.written.latin);
    if (view.sentence !== sentence) element.dataset.tallest = "0"; // another sentence may need less
    ({ sentence } = view);
    keepHeight(element);
    drawLines();
    if (held >= 0) target.children[Math.min(held, places.length - 1)]?.querySelector("button")?.focus();
  }

  return { element, update };
}
