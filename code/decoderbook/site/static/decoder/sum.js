/* The sum behind one cell, drawn: query and key, their products, the score, the softmax, and the share of the value. */

import { h, number } from "./dom.js";

const short = ({ token, latin }) => latin || token;
const largest = (...rows) => Math.max(...rows.flatMap((values) => Array.from(values, Math.abs)), 1e-9);

/* Numbers as a row of bars around zero, `top` the highest: strips with the same top can be compared by eye. */
function strip(name, values, top, note) {
  const bars = Array.from(values, (value) => h("span", { class: value < 0 ? "below" : "above", style: { "--height": Math.abs(value) / top } }));
  return h("div", { class: "sum-strip" }, h("span", { class: "sum-name" }, name),
    h("span", { class: "sum-bars", role: "img", "aria-label": `${name}: ${values.length} numbers from ${number(Math.min(...values))} to ${number(Math.max(...values))}` }, bars),
    h("span", { class: "sum-note" }, note));
}

const line = (...parts) => h("p", { class: "sum-line" }, parts);

export function createSum() {
  const body = h("div", { class: "sum" });
  const numbers = h("tbody", {});
  const table = h("details", { class: "sum-table" }, h("summary", {}, "All numbers of this sum"),
    h("div", { class: "figure-table", role: "region", tabindex: "0", "aria-label": "All numbers of this sum" },
      h("table", {}, h("thead", {}, h("tr", {}, ["feature", "q", "k", "q × k", "v", "weight × v", "mixture"].map((name) => h("th", { scope: "col" }, name)))), numbers)));
  const element = h("div", {}, body, table);

  function softmaxRow(cell) {
    return h("ul", { class: "sum-softmax" }, cell.columns.map((column, j) => h("li", { class: j === cell.index ? "chosen" : null },
      h("span", {}, short(column)), h("span", {}, cell.scores[j] === -Infinity ? "\u2212\u221e" : number(cell.scores[j])),
      h("span", { class: "sum-weight", style: { "--weight": cell.weights[j] } }, number(cell.weights[j])))));
  }

  /* cell: what explainCell found. */
  function update(cell) {
    const to = short(cell.column), score = cell.scores[cell.index], masked = score === -Infinity;
    const from = cell.read ? `${short(cell.read)} \u2192 ${short(cell.row)}` : short(cell.row);
    const who = cell.read ? `The row ${from} has read ${short(cell.read)} and predicts ${cell.row.token === "?" ? "the next token" : short(cell.row)}. It` : `The row ${from}`;
    const divided = cell.scale ? `. Divided by √${cell.dHead} it is the score: ${number(cell.sum / Math.sqrt(cell.dHead))}` : `. It is not divided by √${cell.dHead}, and is the score itself`;
    const asked = largest(cell.q, cell.k), handed = largest(cell.v, cell.added, cell.mixture);
    body.replaceChildren(
      h("p", { class: "panel-hint" }, `${who} reads ${to} with weight ${number(cell.weight)}. Query and key are drawn to one scale; so are value, share and mixture.`),
      strip(`query of ${from}`, cell.q, asked, "what it asks for"), strip(`key of ${to}`, cell.k, asked, "what it offers"),
      strip("query × key", cell.products, largest(cell.products), "feature by feature"),
      line("Their sum is the dot product: ", h("strong", {}, number(cell.sum)), divided, "."),
      ...(masked ? [line("The mask puts ", h("strong", {}, "−∞"), " in its place, so its weight is 0.")] : []),
      line("The softmax turns the row's scores into weights that sum to 1:"), softmaxRow(cell),
      strip(`value of ${to}`, cell.v, handed, "what it hands over"),
      strip(`${number(cell.weight)} × value`, cell.added, handed, "its share"),
      strip("mixture of the head", cell.mixture, handed, cell.off ? "put to zero: this head is off" : "all shares together"),
    );
    numbers.replaceChildren(...Array.from(cell.q, (q, i) => h("tr", {}, h("th", { scope: "row" }, String(i)),
      [q, cell.k[i], cell.products[i], cell.v[i], cell.added[i], cell.mixture[i]].map((value) => h("td", {}, number(value, 4))))));
  }

  return { element, update };
}
