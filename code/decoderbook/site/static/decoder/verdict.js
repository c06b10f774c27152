/* What the line under the switches says: what the changed model writes beside the whole one, whether a row looks ahead, who reads padding. */

import { END, NORMAL, PAD, START } from "./engine.js";
import { LIMIT } from "./choice.js";
import { logProbabilities, ranked } from "./choose.js";
import { h, marked, number } from "./dom.js";

const MOST_WORDS = 8, KEPT = 40, LEAST = 0.005; // LEAST: what two digits still show
const ATTENTIONS = { cross: "cross-attention", self: "self-attention", encoder: "the encoder\u2019s self-attention" };

export const isChanged = ({ causal, padding, position, scale, off, pads }) => !causal || !padding || !position || !scale || off.length > 0 || pads > 0;

/* What this model writes by itself, and how likely each token was. forced: [[place, id]], written there whatever it says. */
function write(model, encoded, forced) {
  const ids = [], chances = [], fixed = new Map(forced);
  for (let state = model.read(model.begin(encoded), [START]); ; state = model.read(state, [ids.at(-1)])) {
    const logs = logProbabilities(state.logits.at(-1));
    ids.push(fixed.get(ids.length) ?? ranked(logs)[0]);
    chances.push(Math.exp(logs[ids.at(-1)]));
    if (ids.at(-1) === END || ids.length === LIMIT) return { ids, chances };
  }
}

/* compare(session): {now, whole}, what the changed model and the whole one write with the tokens that the reader forced; null
   while nothing is changed. */
export function createComparison() {
  const found = new Map();
  function written(session, changed, forced) {
    const { choice: { text, pads, causal, padding, position, scale, off }, language, model } = session;
    const key = JSON.stringify([text, forced, changed && [pads, causal, padding, position, scale, off]]);
    if (!found.has(key)) {
      if (found.size > KEPT) found.clear();
      const encoded = changed ? session.source.encoded : model.encode(language.encode(text).map(({ id }) => id), NORMAL);
      found.set(key, write(model, encoded, forced));
    }
    return found.get(key);
  }
  return function compare(session) {
    if (!isChanged(session.choice) || session.empty) return null;
    const forced = session.choice.mode === "greedy" ? session.forced.map((place) => [place, session.choice.ids[place]]) : [];
    return { now: written(session, true, forced), whole: written(session, false, forced) };
  };
}

function sentence(language, { ids }) {
  const words = language.written(ids), cut = words.length > MOST_WORDS ? " \u2026" : "";
  if (!words.length) return ["nothing but END"];
  const join = (part) => words.slice(0, MOST_WORDS).map((word) => word[part]).join(" ") + cut;
  return [...marked(join("word")), ` ${join("latin")}`];
}

function difference(language, { now, whole }) {
  if (`${now.ids}` !== `${whole.ids}`) return ["The translation changes."];
  const gaps = now.chances.map((chance, i) => Math.abs(chance - whole.chances[i])), most = gaps.indexOf(Math.max(...gaps));
  if (gaps[most] < LEAST) return ["Same translation, and no probability of it changes by 0.01."];
  const { token, latin } = language.target[whole.ids[most]];
  return ["Same translation. Largest change: token ", String(most + 1), ", ", ...marked(`${token} ${latin}`.trim()), `: ${number(whole.chances[most])} \u2192 ${number(now.chances[most])}.`];
}

function ahead(session) {
  const read = session.shown.ids.length - 1, moved = session.lookAhead;
  if (!read) return null;
  const { token, latin } = session.token(session.choice.ids[read - 1], read - 1);
  const end = moved < LEAST ? "no row looks ahead" : "earlier rows look ahead, at what they are to predict";
  return ["Reading ", ...marked(`${token} ${latin}`.trim()), `, the last token read, changed a logit of an earlier row by ${number(moved)} at most: ${end}.`];
}

/* The largest share that a head's row gives to padding. */
function onPadding(session) {
  const { words, encoded } = session.source, state = session.shown;
  let most = { share: 0 };
  for (const kind of ["cross", "encoder"])
    (kind === "cross" ? state : encoded).layers.forEach((one, layer) => (kind === "cross" ? one.cross : one).rows.forEach(({ weights }, row) => weights.forEach((all, head) => {
      const share = all.reduce((sum, weight, j) => sum + (words[j].id === PAD ? weight : 0), 0);
      if (share > most.share) most = { share, kind, layer, head, row };
    })));
  if (most.share < LEAST) return ["No row gives padding any attention."];
  const at = most.kind === "cross" ? `of token ${most.row + 1}` : `of ${words[most.row].word}`;
  return [`Padding gets up to ${number(100 * most.share, 0)} % of a row\u2019s attention: ${ATTENTIONS[most.kind]}, layer ${most.layer}, head ${most.head}, row ${at}.`];
}

const line = (...parts) => h("span", { class: "verdict-line" }, parts);

/* The lines. compared: what compare gave; asksAhead: whether a reader asks about the causal mask. */
export function verdictLines(session, compared, asksAhead = true) {
  if (session.empty) return [];
  const { language, choice } = session, looks = asksAhead && ahead(session), lines = looks ? [line(looks)] : [], byItself = choice.mode === "greedy" ? "" : ", greedy";
  if (compared) lines.push(
    line(h("strong", {}, `Now${byItself}: `), sentence(language, compared.now)), line(h("strong", {}, `Whole model${byItself}: `), sentence(language, compared.whole)),
    line(difference(language, compared)));
  if (choice.pads) lines.push(line(onPadding(session)));
  return lines;
}
