/* Which token comes next: the likeliest, one at random, or several in a beam. As tinydecoder.sampling and .generation. */

import { END, PAD, START, softmax } from "./engine.js";

/* log P(next token | what was read): PAD and START are impossible. */
export function logProbabilities(logits) {
  const possible = logits.map((logit, id) => (id === PAD || id === START ? -Infinity : logit));
  const top = Math.max(...possible);
  const sum = possible.reduce((total, logit) => total + Math.exp(logit - top), 0);
  return Float64Array.from(possible, (logit) => logit - top - Math.log(sum));
}

/* Ids from the likeliest down; of equals the first. */
export const ranked = (scores) => [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);

/* softmax(log-probabilities / temperature) over the tokens that topK and topP let in; the others get 0. */
export function nextProbabilities(logs, { temperature = 1, topK = Infinity, topP = 1 }) {
  const order = ranked(logs);
  const scaled = order.map((id, rank) => (rank < topK ? logs[id] / temperature : -Infinity));
  const chances = softmax(scaled);
  let before = 0;
  const kept = chances.map((chance) => {
    const letIn = before < topP;
    before += chance;
    return letIn ? chance : 0;
  });
  const sum = kept.reduce((a, b) => a + b, 0);
  const out = new Float64Array(logs.length);
  order.forEach((id, rank) => (out[id] = kept[rank] / sum));
  return out;
}

/* A number from 0 to 1 for a seed and a place: the same draw again after stepping back, or from an address. (mulberry32) */
export function draw(seed, place) {
  let a = (Math.imul(seed, 0x9e3779b1) + Math.imul(place + 1, 0x6d2b79f5)) | 0;
  a = Math.imul(a ^ (a >>> 15), a | 1);
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61);
  return ((a ^ (a >>> 14)) >>> 0) / 4294967296;
}

/* The token at this point of the heap of chances. */
export function pick(chances, at) {
  let sum = 0;
  for (const id of ranked(chances)) {
    sum += chances[id];
    if (at < sum) return id;
  }
  return ranked(chances)[0];
}

/* The beams after each step: [[{ids, logP, state, parent, ended}]], the last time as they end. parent: its place one step before;
   a path that has ended holds its place, so width 1 is greedy. prefix: tokens that are written already; each is a step with one
   path. Sutskever et al. 2014, section 3.2. */
export function beamSteps(model, source, width, limit, prefix = []) {
  const steps = [];
  let beam = [{ ids: [], logP: 0, state: model.read(model.begin(source), [START]), parent: null, ended: false }];
  const goOn = ({ ids, state }, parent, id, logP) =>
    ({ ids: [...ids, id], logP, parent, ended: id === END, state: id === END ? state : model.read(state, [id]) });
  for (const id of prefix) {
    const [path] = beam;
    steps.push((beam = [goOn(path, 0, id, path.logP + logProbabilities(path.state.logits.at(-1))[id])]));
  }
  while (steps.length < limit && beam.some((path) => !path.ended)) {
    const ended = beam.map((path, parent) => ({ ...path, parent })).filter((path) => path.ended);
    const candidates = beam.flatMap((path, parent) => {
      if (path.ended) return [];
      const logs = logProbabilities(path.state.logits.at(-1));
      return ranked(logs).slice(0, width).map((id) => ({ path, parent, id, logP: path.logP + logs[id] }));
    });
    candidates.sort((a, b) => b.logP - a.logP);
    const going = candidates.slice(0, width - ended.length).map(({ path, parent, id, logP }) => goOn(path, parent, id, logP));
    steps.push((beam = [...ended, ...going]));
  }
  return steps;
}

/* logP / ((5 + length) / 6)^penalty, END counted. Wu et al. 2016, equation 14. */
export const beamScore = ({ ids, logP }, penalty) => logP / ((5 + ids.length) / 6) ** penalty;
