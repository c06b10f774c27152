/* How the next token is chosen, and what of the model is switched off. */

import { h } from "./dom.js";

let groups = 0;

function choices(legend, options, value, onChange) {
  const name = `choice-${++groups}`;
  return h("fieldset", { class: "choices" }, h("legend", {}, legend), options.map(([key, text, off]) =>
    h("label", {}, h("input", { type: "radio", name, value: key, checked: key === value, disabled: off, onchange: () => onChange(key) }), h("span", {}, text))));
}

function slider(label, { min, max, step, value, text }, onChange) {
  const output = h("output", {}, text(value));
  return h("label", { class: "slider" }, h("span", {}, label), h("input", {
    type: "range", min, max, step, value, "aria-valuetext": text(value), "data-label": label,
    oninput: ({ target }) => { output.textContent = text(Number(target.value)); target.setAttribute("aria-valuetext", text(Number(target.value))); },
    onchange: ({ target }) => onChange(Number(target.value)),
  }), output);
}

const WAYS = [["greedy", "the likeliest (greedy)"], ["sample", "by chance (sampling)"], ["beam", "the best of several (beam)"], ["reference", "the reference (teacher forcing)"]];

/* The way of writing. onChange(parts): how the choice changes. */
export function createWays(onChange) {
  const element = h("div", { class: "ways" });
  let drawn;
  function update({ mode, temperature, topK, topP, seed, width }, hasReference) {
    const key = JSON.stringify([mode, hasReference, temperature, topK, topP, seed, width]);
    if (key === drawn) return;
    drawn = key;
    const held = element.contains(document.activeElement) ? [document.activeElement.value, document.activeElement.dataset.label] : null;
    const more = [];
    if (mode === "sample") more.push(
      slider("temperature", { min: 0.1, max: 3, step: 0.1, value: temperature, text: (t) => t.toFixed(1) }, (value) => onChange({ temperature: value })),
      slider("top-k", { min: 0, max: 20, step: 1, value: topK, text: (k) => (k ? String(k) : "all") }, (value) => onChange({ topK: value })),
      slider("top-p", { min: 0.05, max: 1, step: 0.05, value: topP, text: (p) => p.toFixed(2) }, (value) => onChange({ topP: value })),
      slider("seed", { min: 1, max: 50, step: 1, value: seed, text: String }, (value) => onChange({ seed: value })));
    if (mode === "beam") more.push(slider("width", { min: 1, max: 6, step: 1, value: width, text: String }, (value) => onChange({ width: value })));
    const options = WAYS.map(([name, text]) => [name, text, name === "reference" && !hasReference]);
    const note = hasReference ? null : h("p", { class: "panel-hint" }, "Teacher forcing needs a reference: the corpus has none for this sentence. A random sentence has one.");
    element.replaceChildren(choices("The next token is", options, mode, (value) => onChange({ mode: value })), h("div", { class: "sliders" }, more), ...(note ? [note] : []));
    if (!held) return;
    const [value, label] = held;
    (label ? element.querySelector(`[data-label="${label}"]`) : element.querySelector(`input[value="${value}"]`))?.focus();
  }
  return { element, update };
}

/* name in the choice, label, what it does */
const SWITCHES = [
  ["causal", "causal mask", "no row sees a later one"],
  ["padding", "padding mask", "no row reads padding"],
  ["position", "positional encoding", "tells where a token stands"],
  ["scale", "÷ √d_head", "keeps the softmax soft"],
];
const ATTENTIONS = [
  ["self", "self-attention", "lets a row read the Kannada so far"],
  ["cross", "cross-attention", "lets the English in"],
];

/* The switches. onChange(parts) */
export function createSwitches(onChange) {
  let off = [];
  const box = ([name, label, does], change) => {
    const input = h("input", { type: "checkbox", onchange: () => onChange(change(input.checked)) });
    return [name, { input, element: h("label", { class: "switch" }, input, h("span", {}, label, h("small", {}, does))) }];
  };
  const parts = Object.fromEntries(SWITCHES.map((one) => box(one, (on) => ({ [one[0]]: on }))));
  const attentions = Object.fromEntries(ATTENTIONS.map((one) => box(one, (on) => ({ off: on ? off.filter((name) => !name.startsWith(one[0])) : [...off, one[0]] }))));
  const heads = (names) => (names.some((name) => name.includes(".")) ? `Heads switched off: ${names.filter((name) => name.includes(".")).join(", ")}.` : "");
  const pads = h("select", { onchange: () => onChange({ pads: Number(pads.value) }) }, [0, 1, 2, 4, 8].map((n) => h("option", { value: n }, String(n))));
  const offHeads = h("p", { class: "panel-hint" }), verdict = h("p", { class: "verdict", role: "status" });
  const element = h("div", { class: "switches" }, h("div", { class: "switch-list" }, [...Object.values(parts), ...Object.values(attentions)].map(({ element }) => element)),
    h("label", { class: "switch" }, pads, h("span", {}, "padding after the sentence", h("small", {}, "[PAD] tokens, as in a batch"))), offHeads, verdict);

  function update(choice, text) {
    ({ off } = choice);
    for (const [name, { input }] of Object.entries(parts)) input.checked = choice[name];
    for (const [name, { input }] of Object.entries(attentions)) {
      input.checked = !off.some((one) => one.startsWith(name));
      input.indeterminate = !input.checked && !off.includes(name);
    }
    pads.value = String(choice.pads);
    offHeads.textContent = heads(off);
    verdict.replaceChildren(...text);
  }
  return { element, update };
}
