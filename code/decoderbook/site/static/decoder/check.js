/* Is a file of weights what was written, whole and for this page? A file that parses may still be damaged or another one. */

import { WeightsError } from "./engine.js";

const FORMAT = "inside-the-decoder page model 1"; // of decoderbook.page_model.weights
const LETTERS = ["signs", "virama", "dropped", "glide_y", "dropped_too", "consonants", "vowel_signs", "others"];
const SUM = ', "crc32": '; // the sum's place in the document, and the last parts behind it

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/* CRC-32 as zlib has it; before: that of the bytes in front. crypto.subtle is missing where a page is opened from a folder. */
export function crc32(bytes, before = 0) {
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) sum = TABLE[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

const fail = (what) => {
  throw new WeightsError(what);
};
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const whole = (value, from, to) => Number.isInteger(value) && value >= from && value <= to;
const texts = (list) => Array.isArray(list) && list.every((one) => typeof one === "string");

/* The document of a file: its text against the sum over text and numbers, then its parts. */
export function readDocument(text, numbers) {
  let words;
  try {
    words = JSON.parse(text);
  } catch {
    fail("This file holds other weights: it does not say what their words are.");
  }
  if (!isObject(words)) fail("This file holds other weights: it does not say what their words are.");
  if (words.format !== FORMAT) fail("This file of weights is of another version of the course than this page.");
  const summed = `${text.slice(0, text.lastIndexOf(SUM))}}`;
  if (crc32(numbers, crc32(new TextEncoder().encode(summed))) !== words.crc32)
    fail("This file of weights is damaged: it is not what was written.");
  const { config: c, head, source, target, letters, sentences } = words;
  const parts = {
    config: isObject(c) && [c.d_model, c.n_heads, c.d_ff].every((n) => whole(n, 1, 1e5)) && whole(c.n_layers, 1, 100)
      && c.d_model % c.n_heads === 0 && ["pre", "post"].includes(c.norm) && typeof c.tie_weights === "boolean",
    head: Array.isArray(head) && whole(head[0], 0, c?.n_layers - 1) && whole(head[1], 0, c?.n_heads - 1),
    source: texts(source),
    target: Array.isArray(target) && target.every((one) => isObject(one) && texts([one.token, one.latin, one.gloss])),
    letters: isObject(letters) && LETTERS.every((name) => letters[name] !== undefined && letters[name] !== null),
    sentences: Array.isArray(sentences) && sentences.every((one) => isObject(one) && texts([one.english]) && Array.isArray(one.ids)),
  };
  for (const [name, right] of Object.entries(parts)) if (!right) fail(`This file of weights cannot be used: its ${name} is missing or wrong.`);
  return words;
}

/* The name of each tensor with the shape that the configuration gives it. */
function shapes({ d_model: d, d_ff: wide, n_layers: layers, norm, tie_weights: tied }, nSource, nTarget) {
  const found = { "source_embedding.token.weight": [nSource, d], "target_embedding.token.weight": [nTarget, d] };
  const add = (name, rows, columns) => Object.assign(found, { [`${name}.weight`]: columns ? [rows, columns] : [rows], [`${name}.bias`]: [rows] });
  for (const [side, attentions] of [["encoder", ["self"]], ["decoder", ["self", "cross"]]]) {
    for (let n = 0; n < layers; n++) {
      const path = `${side}.layers.${n}`;
      for (const kind of attentions) for (const one of ["query", "key", "value", "output"]) add(`${path}.${kind}_attention.${one}_projection`, d, d);
      add(`${path}.feed_forward.expand`, wide, d);
      add(`${path}.feed_forward.contract`, d, wide);
      for (let i = 0; i <= attentions.length; i++) add(`${path}.residual_${i + 1}.norm`, d);
    }
    if (norm === "pre") add(`${side}.norm`, d);
  }
  return tied ? found : { ...found, "output.weight": [nTarget, d] };
}

/* Throws WeightsError for a tensor that is missing, has another shape, or holds what is no number. */
export function checkTensors(tensors, { config, source, target }) {
  for (const [name, shape] of Object.entries(shapes(config, source.length, target.length))) {
    const found = Object.hasOwn(tensors, name) ? tensors[name] : fail(`The file of weights has no ${name}.`);
    if (`${found.shape}` !== `${shape}`) fail(`The file of weights does not fit: ${name} has ${found.shape.join(" × ")} numbers, not ${shape.join(" × ")}.`);
    if (!found.data.every(Number.isFinite)) fail(`This file of weights is damaged: ${name} has an entry that is no number.`);
  }
}
