/* What a reader has chosen, as a small plain object, and its form in an address. */

export const LIMIT = 32; // tokens; far more than any sentence of the corpus has
const MAX_TEXT = 300, MAX_PLACES = 60; // a source has 40 words at most, END and padding

/* mode: greedy, sample, beam or reference (teacher forcing). ids: the tokens chosen, whoever chose them; at: how many of them
   count now. row: the row looked at, null for the one that predicts next. column: the key looked at, null for none. */
export const BEGINNING = {
  text: "I am going to school", ids: [], at: 0,
  mode: "greedy", temperature: 1, topK: 0, topP: 1, seed: 1, width: 3,
  pads: 0, causal: true, padding: true, position: true, scale: true, off: [],
  kind: "cross", layer: null, head: null, row: null, column: null,
};

const MODES = ["greedy", "sample", "beam", "reference"], KINDS = ["cross", "self", "encoder"];
/* What the controls reach, and an address too: [least, most, step]. */
export const BOUNDS = { temperature: [0.1, 3, 0.1], topK: [0, 20, 1], topP: [0.05, 1, 0.01], seed: [1, 50, 1], width: [1, 6, 1], pads: [0, 8, 1] };

const whole = (from, to) => (text) => (/^\d{1,4}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined);
/* A number within bounds, as near as the control's steps come. */
const bounded = ([from, to, step]) => (text) => {
  const shape = step < 1 ? /^\d{1,3}(\.\d{1,3})?$/ : /^\d{1,4}$/, perUnit = Math.round(1 / step);
  return shape.test(text) && Number(text) >= from && Number(text) <= to ? Math.round(Number(text) * perUnit) / perUnit : undefined;
};
const one = (...names) => (text) => (names.includes(text) ? text : undefined);
const yes = (text) => (text === "on" || (text === "off" ? false : undefined));
const list = (read, limit) => (text) => {
  const items = text === "" ? [] : text.split(".", limit + 1).map(read);
  return items.length > limit || items.includes(undefined) ? undefined : items;
};
const head = (text) => (/^(feed|(self|cross|encoder)(-\d-\d)?)$/.test(text) ? text.replaceAll("-", ".") : undefined);

/* How each part of the choice is read from an address; undefined is what it cannot be. */
const READERS = {
  text: (text) => [...text].slice(0, MAX_TEXT).join(""), ids: list(whole(0, 9999), LIMIT), at: whole(0, LIMIT),
  mode: one(...MODES), ...Object.fromEntries(Object.entries(BOUNDS).map(([name, bounds]) => [name, bounded(bounds)])),
  causal: yes, padding: yes, position: yes, scale: yes, off: list(head, 24),
  kind: one(...KINDS), layer: whole(0, 9), head: whole(0, 9), row: whole(0, MAX_PLACES), column: whole(0, MAX_PLACES),
};

function write(name, value) {
  if (Array.isArray(value)) return value.map((item) => String(item).replaceAll(".", "-")).join(".");
  return typeof value === "boolean" ? { true: "on", false: "off" }[value] : String(value);
}

/* What differs from the beginning, as the part of an address behind "?". */
export function toAddress(choice, beginning = BEGINNING) {
  const parts = Object.keys(READERS).filter((name) => choice[name] !== null && write(name, choice[name]) !== write(name, beginning[name]));
  return new URLSearchParams(parts.map((name) => [name, write(name, choice[name])])).toString();
}

/* The choice that an address asks for; what it says that cannot be is left out, and named in `ignored`. */
export function fromAddress(text, beginning = BEGINNING) {
  const choice = { ...beginning }, ignored = [];
  for (const [name, value] of new URLSearchParams(text.slice(0, 4000))) {
    const read = Object.hasOwn(READERS, name) ? READERS[name](value) : undefined;
    if (read === undefined) ignored.push(name.slice(0, 20));
    else choice[name] = read;
  }
  if (choice.at > choice.ids.length) ignored.push("at");
  return { choice: { ...choice, at: Math.min(choice.at, choice.ids.length) }, ignored };
}
