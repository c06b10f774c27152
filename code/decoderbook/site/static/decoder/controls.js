/* How the next token is chosen, and what of the model is switched off. */

import { BOUNDS, LIMIT } from "./choice.js";
import { button, h } from "./dom.js";
import { NORMAL } from "./engine.js";

let groups = 0;

function choices(legend, options, value, onChange) {
  const name = `choice-${++groups}`;
  return h("fieldset", { class: "choices" }, h("legend", {}, legend), options.map(([key, text, off]) =>
    h("label", {}, h("input", { type: "radio", name, value: key, checked: key === value, disabled: off, onchange: () => onChange(key) }), h("span", {}, text))));
}

function slider(label, [min, max, step], { value, text }, onChange) {
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
      slider("temperature", BOUNDS.temperature, { value: temperature, text: (t) => t.toFixed(1) }, (value) => onChange({ temperature: value })),
      slider("top-k", BOUNDS.topK, { value: topK, text: (k) => (k ? String(k) : "all") }, (value) => onChange({ topK: value })),
      slider("top-p", BOUNDS.topP, { value: topP, text: (p) => p.toFixed(2) }, (value) => onChange({ topP: value })),
      slider("seed", BOUNDS.seed, { value: seed, text: String }, (value) => onChange({ seed: value })));
    if (mode === "beam") more.push(slider("width", BOUNDS.width, { value: width, text: String }, (value) => onChange({ width: value })));
    const options = WAYS.map(([name, text]) => [name, text, name === "reference" && !hasReference]);
    const hint = (text) => h("p", { class: "panel-hint" }, text);
    const note = hasReference ? [] : [hint("Teacher forcing needs a reference: the corpus has none for this sentence. A random sentence has one.")];
    element.replaceChildren(choices("The next token is", options, mode, (value) => onChange({ mode: value })), h("div", { class: "sliders" }, more),
      hint("A change here writes the tokens anew. Those that you forced stay."), ...note);
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
const SUBLAYERS = [
  ["self", "self-attention", "lets Kannada rows read each other"],
  ["cross", "cross-attention", "lets the English in"],
  ["feed", "feed-forward", "works on each row by itself"],
  ["encoder", "encoder self-attention", "lets English words read each other"],
];

const WHOLE = { ...NORMAL, mode: "greedy", pads: 0 };
/* Sentences of the corpus on which a switch shows most: [the switch, label, what is chosen]. */
export const EXAMPLES = [
  ["causal", "Without the causal mask", { ...WHOLE, text: "our big kings are singing that song today", causal: false }],
  ["padding", "Without the padding mask", { ...WHOLE, text: "the boy bought a red book", padding: false, pads: 2 }],
  ["position", "Without positions", { ...WHOLE, text: "the dog catches the cat", position: false }],
  ["scale", "Without \u00f7 \u221ad_head", { ...WHOLE, text: "my small friend drinks the good water in the temple", scale: false }],
  ["self", "Without self-attention", { ...WHOLE, text: "the dog catches the cat", off: ["self"] }],
  ["cross", "Without cross-attention", { ...WHOLE, text: "I am going to school", off: ["cross"] }],
  ["feed", "Without feed-forward", { ...WHOLE, text: "she did not drink milk", off: ["feed"] }],
];

const inWords = (name) => name.replace(/^(\w+)\.(\d)\.(\d)$/, (_, kind, layer, head) => `${SUBLAYERS.find(([one]) => one === kind)[1]}, layer ${layer}, head ${head}`);

/* The switches. onChange(parts, until); until: how many tokens are to be written then, as many as before if there is none.
   asks: the switches that the text around asks for. They are `asked`, to stand by themselves; the others are folded. */
export function createSwitches(onChange, asks = []) {
  let off = [];
  const box = ([name, label, does], change) => {
    const input = h("input", { type: "checkbox", onchange: () => onChange(change(input.checked)) });
    return [name, { input, element: h("label", { class: "switch" }, input, h("span", {}, label, h("small", {}, does))) }];
  };
  const parts = Object.fromEntries(SWITCHES.map((one) => box(one, (on) => ({ [one[0]]: on }))));
  const sublayers = Object.fromEntries(SUBLAYERS.map((one) => box(one, (on) => ({ off: on ? off.filter((name) => !name.startsWith(one[0])) : [...off, one[0]] }))));
  const heads = (names) => (names.some((name) => name.includes(".")) ? `Heads switched off: ${names.filter((name) => name.includes(".")).map(inWords).join("; ")}.` : "");
  const pads = h("select", { onchange: () => onChange({ pads: Number(pads.value) }) }, Array.from({ length: BOUNDS.pads[1] + 1 }, (_, n) => h("option", { value: n }, String(n))));
  const offHeads = h("p", { class: "panel-hint" }), verdict = h("p", { class: "verdict", role: "status" });
  const isAsked = ([name]) => asks.includes(name), isOther = (one) => !isAsked(one);
  const list = (wanted) => h("div", { class: "switch-list" }, Object.entries({ ...parts, ...sublayers }).filter(wanted).map(([, { element }]) => element));
  const examples = (wanted) => h("div", { class: "examples", role: "group", "aria-label": "A sentence where it shows" }, h("span", { class: "panel-hint" }, "A sentence where it shows:"),
    EXAMPLES.filter(wanted).map(([, label, parts]) => button(label, () => onChange({ ...parts, row: null, column: null }, LIMIT))));
  const padding = h("label", { class: "switch" }, pads, h("span", {}, "padding after the sentence", h("small", {}, "[PAD] tokens, as in a batch")));
  const asked = asks.length ? h("div", { class: "asked", role: "group", "aria-label": "Switch it off" }, list(isAsked)) : null;
  const element = h("div", { class: "switches" }, asked
    ? [verdict, examples(isAsked), offHeads, h("details", { class: "more-switches" }, h("summary", {}, "More switches"), list(isOther), padding, examples(isOther))]
    : [list(isOther), padding, offHeads, verdict, examples(isOther)]);

  function update(choice, text) { // text: the lines of the verdict
    ({ off } = choice);
    for (const [name, { input }] of Object.entries(parts)) input.checked = choice[name];
    for (const [name, { input }] of Object.entries(sublayers)) {
      input.checked = !off.some((one) => one.startsWith(name));
      input.indeterminate = !input.checked && !off.includes(name);
    }
    pads.value = String(choice.pads);
    offHeads.textContent = heads(off);
    const next = h("span", {}, text);
    if (next.textContent !== verdict.textContent) verdict.replaceChildren(next); // said once, not at every step
  }
  return { asked, element, update };
}
