/* The likeliest tokens at one place, as bars; where a reader may choose, each is a button that writes it. */

import { h, number, spoken, tokenLines } from "./dom.js";

export function createCandidates(onForce) {
  const title = h("p", { class: "panel-hint" }), list = h("ol", { class: "candidates" });
  const element = h("div", {}, title, list);

  function bar(item, place) {
    const label = `${spoken(item)}, probability ${number(item.chance, 3)}${item.chosen ? ", written here" : ""}`;
    const inside = [
      h("span", { class: "candidate-token" }, tokenLines(item)),
      h("span", { class: "candidate-bar" }, h("span", { style: { "--weight": item.chance } })),
      h("span", { class: "candidate-chance" }, number(item.chance, 3)),
    ];
    const state = { class: `candidate ${item.chosen ? "chosen" : ""} ${item.mark ?? ""}` };
    if (!onForce) return h("li", {}, h("span", state, h("span", { class: "visually-hidden" }, label), h("span", { class: "candidate-face", "aria-hidden": "true" }, inside)));
    return h("li", {}, h("button", { type: "button", "aria-label": `Write ${label}`, onclick: () => onForce(item.id), "data-place": place, ...state }, h("span", { class: "candidate-face" }, inside)));
  }

  /* items: [{id, token, latin, gloss, chance, chosen, mark}], the likeliest first. */
  function update({ items, text }) {
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    title.replaceChildren(...text);
    list.replaceChildren(...items.map(bar));
    if (held !== null) list.querySelector(`[data-place="${held}"]`)?.focus();
  }

  return { element, update };
}
