/* The beam as a tree: time runs to the right, one column a step, one node for each path that the beam keeps.

   A path that has ended holds its place in the beam; a dotted line shows it. */

import { h, number, reducedMotion, svg } from "./dom.js";

const MOVES = { ArrowLeft: "parent", ArrowRight: "child", ArrowUp: "above", ArrowDown: "below" };
const SAYS = { best: "on the best path", kept: "kept", dropped: "dropped later" };

/* onChoose(ids): a node was chosen; ids lead to it from START.
   update({steps, language, at, best}): steps as beamSteps gives them; at: how many tokens are written, whose column is
   brought into view; best: the ids of the best path. */
export function createTree(onChoose) {
  const lines = svg("svg", { class: "tree-lines", "aria-hidden": "true" });
  const grid = h("div", { class: "tree-grid", onkeydown: move, onfocusin: ({ target }) => hold(target) });
  const name = "The beam, a column for each step";
  const scroller = h("div", { class: "tree", role: "region", tabindex: "0", "aria-label": name }, grid);
  // nodes[column][row]: {element, path, parent, fate}; no path where one holds its place; column 0 is START
  let nodes = [], drawn, shownAt;

  const open = (column) => (nodes[column] ?? []).filter((node) => node.path);
  const all = () => nodes.flat().filter((node) => node.path);

  /* Which paths come from a node: the best one, another one that lasts, or none. */
  function fateOf(ids, steps, best) {
    const leads = (whole) => ids.every((id, i) => id === whole[i]);
    if (leads(best)) return "best";
    return steps.at(-1).some((path) => leads(path.ids)) ? "kept" : "dropped";
  }

  function nodeOf(path, column, row, steps, language, best) {
    const place = { "grid-column": column + 1, "grid-row": row + 1 };
    if (path.ids.length < column) return { element: h("span", { "aria-hidden": "true", style: place }) };
    const { token, latin } = column ? language.target[path.ids.at(-1)] : { token: "START", latin: "" };
    const fate = fateOf(path.ids, steps, best), sum = number(path.logP), ended = path.ended ? ", ended" : "";
    const says = `step ${column}, ${latin || token}, sum ${sum}, ${SAYS[fate]}${ended}`;
    const element = h("button", {
      type: "button", class: `tree-node ${fate}${path.ended ? " ended" : ""}`, style: place, tabindex: "-1",
      "aria-label": column ? says : "START, before step 1", onclick: () => onChoose(path.ids),
    }, h("span", { class: "tree-token", lang: latin ? "kn" : null }, token),
    latin ? h("span", { class: "tree-latin" }, latin) : null, column > 0 && h("span", { class: "tree-sum" }, sum));
    return { element, path, column, row, fate };
  }

  function build({ steps, language, best }) {
    const start = { ids: [], logP: 0, ended: false, parent: null };
    const made = (path, column, row) => nodeOf(path, column, row, steps, language, best);
    nodes = [[start], ...steps].map((beam, column) => beam.map((path, row) => made(path, column, row)));
    steps.forEach((beam, n) => beam.forEach((path, row) => (nodes[n + 1][row].parent = nodes[n][path.parent])));
    grid.style.setProperty("--rows", Math.max(...steps.map((beam) => beam.length)));
    grid.replaceChildren(lines, ...nodes.flat().map(({ element }) => element));
  }

  function drawLines() {
    const frame = grid.getBoundingClientRect();
    if (!frame.width) return;
    const side = (node, name) => {
      const box = node.element.getBoundingClientRect();
      return [box[name] - frame.left, box.top + box.height / 2 - frame.top];
    };
    const line = (node) => {
      const [x0, y0] = side(node.parent, "right"), [x1, y1] = side(node, node.path ? "left" : "right");
      const bend = (x1 - x0) / 2;
      const d = `M${x0},${y0}C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`;
      return svg("path", { d, class: node.path ? node.fate : "held" });
    };
    lines.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    const strong = ["dropped", "kept", "best"]; // the strong lines lie on top
    const children = nodes.flat().filter((node) => node.parent);
    lines.replaceChildren(...children.sort((a, b) => strong.indexOf(a.fate) - strong.indexOf(b.fate)).map(line));
  }

  /* The one node that Tab reaches. */
  function hold(element) {
    for (const node of all()) node.element.tabIndex = node.element === element ? 0 : -1;
  }

  function move(event) {
    const way = MOVES[event.key], node = all().find(({ element }) => element === event.target);
    if (!way || !node) return;
    event.preventDefault();
    const beside = open(node.column), here = beside.indexOf(node);
    const child = open(node.column + 1).find(({ parent }) => parent === node);
    const to = { parent: node.parent, child, above: beside[here - 1], below: beside[here + 1] };
    to[way]?.element.focus();
  }

  /* Scrolls the tree alone, never the page. */
  function reveal(column) {
    const [first] = open(column), box = scroller.getBoundingClientRect();
    if (!first || !box.width) return;
    const { left, width } = first.element.getBoundingClientRect();
    if (left >= box.left && left + width <= box.right) return;
    const off = left + width / 2 - (box.left + box.width / 2);
    scroller.scrollBy({ left: off, behavior: reducedMotion() ? "auto" : "smooth" });
  }

  function update(view) {
    const { steps, at, best } = view, column = Math.min(at, steps.length);
    const held = all().find(({ element }) => element === document.activeElement);
    const same = drawn === steps;
    if (!same) build(view);
    drawn = steps;
    for (const { element, fate, column: own } of all()) {
      element.classList.toggle("now", own === column);
      if (own === column && fate === "best") element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
    }
    const onBest = (n) => open(n).find(({ fate }) => fate === "best");
    if (held && !same) {
      const again = all().find(({ path }) => `${path.ids}` === `${held.path.ids}`);
      (again ?? open(held.column)[held.row] ?? onBest(column) ?? nodes[0][0]).element.focus({ preventScroll: true });
    } else if (!held) hold((onBest(Math.min(column, best.length)) ?? nodes[0][0]).element);
    if (!same) drawLines();
    if (!same || at !== shownAt) reveal(column);
    shownAt = at;
  }

  new ResizeObserver(() => {
    drawLines();
    if (nodes.length) reveal(Math.min(shownAt, nodes.length - 1));
  }).observe(grid);
  return { element: scroller, update };
}
