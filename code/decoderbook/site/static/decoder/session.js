/* What the model says to a choice: worked out of it, and kept while it stays the same. */

import { LIMIT } from "./choice.js";
import { beamScore, beamSteps, draw, logProbabilities, nextProbabilities, pick, ranked } from "./choose.js";
import { END, NORMAL, PAD, START } from "./engine.js";

const LENGTH_PENALTY = 0.6; // of tinydecoder.translation.translate
const MAX_UNDO = 200;

const bestOf = (steps) => [...steps.at(-1)].sort((a, b) => beamScore(b, LENGTH_PENALTY) - beamScore(a, LENGTH_PENALTY))[0];

export class Session {
  constructor(model, language, choice, changed) {
    Object.assign(this, { model, language, changed, undone: [], states: [], beams: {} });
    this.sentences = new Map(language.sentences.map((sentence) => [sentence.english, sentence]));
    this.choice = this.possible(choice);
  }

  /* The choice with what this model does not have put right. A target ends at its END, or before a token that is none; without a
     word to translate there is none. Only a sentence of the corpus has a reference. */
  possible(choice) {
    const { n_layers: layers, n_heads: heads } = this.model.config, [bestLayer, bestHead] = this.language.bestHead;
    const none = choice.ids.findIndex((id) => id < END || id >= this.language.target.length), end = choice.ids.indexOf(END);
    const ids = choice.ids.slice(0, this.language.words(choice.text).length && Math.min(...[none, end < 0 ? -1 : end + 1, LIMIT].filter((place) => place >= 0)));
    const layer = choice.layer !== null && choice.layer < layers ? choice.layer : bestLayer;
    const head = choice.head !== null && choice.head < heads ? choice.head : bestHead;
    const mode = choice.mode === "reference" && !this.referenceOf(choice) ? "greedy" : choice.mode;
    return { ...choice, ids, at: Math.min(choice.at, ids.length), mode, layer, head };
  }

  /* Change some parts. With quiet the change is not one to undo, because it undoes itself (a row looked at). */
  set(parts, quiet = false) {
    if (!quiet) this.undone = [...this.undone.slice(-MAX_UNDO), this.choice];
    this.choice = this.possible({ ...this.choice, ...parts });
    this.changed();
  }

  undo() {
    if (!this.undone.length) return false;
    this.choice = this.undone.pop();
    this.changed();
    return true;
  }

  /* The words read, padding among them, and what the encoder makes of them. */
  get source() {
    const { text, pads, causal, padding, position, scale, off } = this.choice;
    const key = JSON.stringify([text, pads, causal, padding, position, scale, off]);
    if (this.key !== key) {
      const words = this.language.encode(text);
      for (let i = 0; i < pads; i++) words.push({ word: "PAD", id: PAD, known: true });
      const encoded = this.model.encode(words.map(({ id }) => id), { ...NORMAL, causal, padding, position, scale, off });
      Object.assign(this, { key, words, encoded, states: [this.model.read(this.model.begin(encoded), [START])], beams: {} });
    }
    return { words: this.words, encoded: this.encoded };
  }

  /* What the model has computed after START and n of the chosen ids. */
  state(n = this.choice.at) {
    this.source;
    const { ids } = this.choice;
    const fits = (state) => state.ids.every((id, i) => i === 0 || id === ids[i - 1]);
    let known = Math.min(n, this.states.length - 1);
    while (!fits(this.states[known])) known--;
    this.states.length = Math.max(known + 1, this.states.length > n && fits(this.states.at(-1)) ? this.states.length : known + 1);
    for (; known < n; known++) this.states[known + 1] = this.model.read(this.states[known], [ids[known]]);
    return this.states[n];
  }

  /* What is on the page: a row for each token written, and one for the next, if there is a next one. */
  get shown() {
    return this.state(this.ended ? this.choice.at - 1 : this.choice.at);
  }

  /* The row looked at: row i is the one that predicts token i. */
  get focus() {
    const { row, at } = this.choice, last = this.ended ? at - 1 : at;
    return Math.min(row ?? last, last);
  }

  logs(row) {
    return logProbabilities(this.shown.logits[row]);
  }

  /* How likely each token is at a row, by the way of writing that is chosen. */
  chances(row) {
    return this.spread(this.logs(row));
  }

  spread(logs) {
    const { mode, temperature, topK, topP } = this.choice;
    return mode === "sample" ? nextProbabilities(logs, { temperature, topK: topK || Infinity, topP }) : logs.map(Math.exp);
  }

  get reference() {
    return this.referenceOf(this.choice);
  }

  referenceOf({ text }) {
    return this.sentences.get(this.language.words(text).join(" "));
  }

  /* Whether what is written is the reference, as far as it goes. */
  get onReference() {
    return Boolean(this.reference) && this.written.every((id, i) => id === [...this.reference.ids, END][i]);
  }

  /* Whether there is nothing to translate. */
  get empty() {
    return this.language.words(this.choice.text).length === 0;
  }

  get written() {
    return this.choice.ids.slice(0, this.choice.at);
  }

  get ended() {
    const { at, ids } = this.choice;
    return at > 0 && (ids[at - 1] === END || at >= LIMIT);
  }

  /* A token with the gloss of the reference, as far as the two agree. */
  token(id, place) {
    const agrees = this.reference?.ids.slice(0, place + 1).every((other, i) => other === (i === place ? id : this.choice.ids[i]));
    return { ...this.language.target[id], id, gloss: (agrees && this.reference.gloss[place]) || this.language.target[id].gloss };
  }

  /* The token that the way of writing chooses after the first `place` tokens. */
  next(place = this.choice.at) {
    const { mode, seed } = this.choice;
    if (mode === "reference") return [...this.reference.ids, END][place] ?? END;
    if (mode === "beam") return this.best.ids[place] ?? END;
    const logs = logProbabilities(this.state(place).logits.at(-1));
    return mode === "sample" ? pick(this.spread(logs), draw(seed, place)) : ranked(logs)[0];
  }

  /* The places of the written tokens that the way of writing would not have chosen: the reader did. */
  get forced() {
    const { written } = this;
    if (this.choice.mode !== "beam") return [...written.keys()].filter((i) => this.next(i) !== written[i]);
    for (const places = []; ; ) {
      const best = bestOf(this.beamFrom(written.slice(0, (places.at(-1) ?? -1) + 1)));
      const parts = written.findIndex((id, i) => best.ids[i] !== id);
      if (parts < 0) return places;
      places.push(parts);
    }
  }

  /* One token on: along those chosen before, or a new one. */
  step() {
    const { at, ids } = this.choice;
    if (this.ended || this.empty) return false;
    this.set({ ids: at < ids.length ? ids : [...ids, this.next()], at: at + 1, row: null, column: null }, true);
    return true;
  }

  go(at) {
    this.set({ at: Math.max(0, Math.min(at, this.choice.ids.length)), row: null, column: null }, true);
  }

  /* Write this token at this place, whatever the model would say; what came after it is dropped. */
  force(id, place = this.choice.at) {
    this.set({ ids: [...this.choice.ids.slice(0, place), id], at: place + 1, row: null, column: null });
  }

  /* Change how the model works or is read, and let it write as many tokens again; the cell looked at stays. */
  rewrite(parts, until = this.choice.at) {
    const { row, column } = this.choice, { changed } = this;
    this.changed = () => {};
    this.set({ ids: [], at: 0, ...parts });
    try {
      while (this.choice.at < until && this.step());
      this.set({ row, column, ...parts, ids: this.choice.ids, at: this.choice.at }, true);
    } finally {
      this.changed = changed;
    }
    this.changed();
  }

  /* Choose tokens another way, and write as many again. What the reader forced stays, and what stands before it; the reference
     is followed from its first token on. */
  redraw(parts) {
    const kept = parts.mode === "reference" ? 0 : (this.forced.at(-1) ?? -1) + 1;
    this.rewrite({ ...parts, ids: this.written.slice(0, kept), at: kept, row: null, column: null });
  }

  /* How far the last token read moved a logit of the rows before it, at most: 0 under the causal mask. PAD and START are never
     written, so theirs do not count. */
  get lookAhead() {
    const { ids, logits: after } = this.shown, read = ids.length - 1;
    if (read === 0) return 0;
    const before = this.state(read - 1).logits;
    return before.reduce((most, row, i) => row.reduce((worst, value, n) => (n < END ? worst : Math.max(worst, Math.abs(value - after[i][n]))), most), 0);
  }

  /* The beam, from the last token on that it would not have written itself. */
  get beam() {
    return this.beamFrom(this.written.slice(0, (this.forced.at(-1) ?? -1) + 1));
  }

  beamFrom(prefix) {
    this.source;
    return (this.beams[`${this.choice.width} ${prefix}`] ??= beamSteps(this.model, this.encoded, this.choice.width, LIMIT, prefix));
  }

  get best() {
    return bestOf(this.beam);
  }

  /* The attention looked at: the taps of every row, what rows and columns stand for, the row in focus. */
  attention(kind = this.choice.kind, layer = this.choice.layer) {
    const { words, encoded } = this.source, state = this.shown, blank = { latin: "", gloss: "" };
    const sources = words.map(({ word }) => ({ token: word, ...blank }));
    const written = this.written.map((id, i) => this.token(id, i));
    const read = [{ token: "START", ...blank }, ...written].slice(0, state.ids.length);
    const predicted = this.ended ? written : [...written, { token: "?", ...blank }];
    const inEncoder = kind === "encoder";
    return {
      taps: inEncoder ? encoded.layers[layer] : state.layers[layer][kind],
      rows: inEncoder ? sources : predicted,
      columns: kind === "self" ? read : sources,
      read: inEncoder ? null : read, // the token that each row has read last
      focus: inEncoder ? Math.min(this.choice.row ?? 0, sources.length - 1) : this.focus,
    };
  }

  may(kind, i, j) {
    return kind === "self" ? !this.choice.causal || j <= i : this.encoded.may(i, j);
  }
}
