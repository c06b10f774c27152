/* One cell of an attention map, as the sum that it is. */

import { dot, headOf, isOff, softmax } from "./engine.js";

/* The cell at the row in focus and the chosen column (the most read one, if none is chosen): query and key of this head, their
   products, the score, what the mask does to it, the softmax over the row, and what the value adds to the mixture. read: the token that the
   row has read last, null in the encoder. */
export function explainCell(session) {
  const { kind, layer, head, scale } = session.choice, { dHead } = session.model;
  const { taps, rows, columns, focus, read } = session.attention();
  const { query, weights, merged } = taps.rows[focus], row = weights[head];
  const column = Math.min(session.choice.column ?? row.indexOf(Math.max(...row)), columns.length - 1);
  const q = headOf(query, head, dHead), k = headOf(taps.keys[column], head, dHead), v = headOf(taps.values[column], head, dHead);
  const divisor = scale ? Math.sqrt(dHead) : 1;
  const scores = columns.map((_, j) => (session.may(kind, focus, j) ? dot(q, headOf(taps.keys[j], head, dHead)) / divisor : -Infinity));
  return {
    row: rows[focus], read: read?.[focus] ?? null, column: columns[column], focus, index: column, columns, q, k, v, dHead, scale,
    products: q.map((value, i) => value * k[i]), sum: dot(q, k), scores,
    weights: scores.some((score) => score > -Infinity) ? softmax(scores) : scores.map(() => 0),
    weight: row[column] ?? 0, added: v.map((value) => (row[column] ?? 0) * value),
    mixture: headOf(merged, head, dHead), off: isOff(session.choice, kind, layer, head),
  };
}
