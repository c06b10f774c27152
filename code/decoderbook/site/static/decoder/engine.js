/* The forward pass of the course's encoder-decoder, over the weights that PyTorch trained. Names are those of tinydecoder.

   A row is a Float32Array of d_model numbers, one token's. Nothing is changed once it is computed: writing a token gives a new
   state that shares all earlier rows with the old one, so stepping back is taking the old state again.
   PyTorch is the oracle: a test holds every activation, attention weight and logit here equal to its own. */

export const PAD = 0;
export const START = 1;
export const END = 2;
export const UNK = 3;

/* What a reader may switch off. off: what is put to zero, one head ("self.0.3", "cross.1.2", "encoder.0.1") or all ("cross"), or the
   decoder's feed-forward networks ("feed"). */
export const NORMAL = { causal: true, padding: true, position: true, scale: true, off: [] };

export const isOff = ({ off }, kind, layer, head) => off.includes(kind) || off.includes(`${kind}.${layer}.${head}`);

export class WeightsError extends Error {}

function toFloat32(bytes, dtype) {
  if (dtype === "F32") return new Float32Array(bytes);
  const halves = new Uint16Array(bytes);
  const out = new Float32Array(halves.length);
  halves.forEach((half, i) => {
    const sign = half & 0x8000 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent === 31) out[i] = fraction ? NaN : sign * Infinity;
    else out[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : fraction * 2 ** -24);
  });
  return out;
}

const inOrder = (entries) => Object.entries(entries).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);

/* A safetensors file: {tensors: {name: {shape, data}}, metadata, numbers: the bytes of all tensors}. Throws WeightsError for a
   file that is cut or another one. */
export function readTensors(buffer) {
  try {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length)));
    const { __metadata__: metadata = {}, ...entries } = header;
    const tensors = {};
    let end = 0; // the tensors lie one behind the other, without a gap
    for (const [name, { dtype, shape, data_offsets: [from, to] }] of inOrder(entries)) {
      const size = shape.reduce((a, b) => a * b, 1) * (dtype === "F16" ? 2 : 4);
      if (!["F16", "F32"].includes(dtype) || to - from !== size) throw new WeightsError(`The file of weights is damaged: ${name} is not as its shape says.`);
      if (from !== end || !shape.every((length) => length > 0)) throw new WeightsError(`The file of weights is damaged: ${name} is not where it should be.`);
      const bytes = buffer.slice(8 + length + from, 8 + length + to);
      if (bytes.byteLength !== size) throw new WeightsError("The file of weights is not whole: it ends too early.");
      tensors[name] = { shape, data: toFloat32(bytes, dtype) };
      end = to;
    }
    if (!end) throw new WeightsError("This file holds no weights.");
    if (buffer.byteLength !== 8 + length + end) throw new WeightsError("The file of weights is damaged: it is longer than it says.");
    return { tensors, metadata: metadata ?? {}, numbers: new Uint8Array(buffer, 8 + length) };
  } catch (error) {
    if (error instanceof WeightsError) throw error;
    throw new WeightsError("This is not the file of weights, or not all of it."); // the engine's own words say less
  }
}

const add = (a, b) => a.map((value, i) => value + b[i]);

export function softmax(scores) {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/* The numbers of one head of a row. */
export const headOf = (row, head, dHead) => row.subarray(head * dHead, (head + 1) * dHead);

export const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/* PE(p, 2i) = sin(p / 10000^(2i/d_model)), PE(p, 2i+1) = cos of the same angle. Vaswani et al. 2017, section 3.5. */
export function positionalEncoding(position, dModel) {
  return Float32Array.from({ length: dModel }, (_, i) => {
    const angle = position * 10000 ** (-(i - (i % 2)) / dModel);
    return i % 2 ? Math.cos(angle) : Math.sin(angle);
  });
}

export class Model {
  /* config: {d_model, n_heads, n_layers, norm, …}, as tinydecoder.config.ModelConfig. */
  constructor(tensors, config) {
    this.config = config;
    this.dHead = config.d_model / config.n_heads;
    this.tensors = tensors;
  }

  weight(name) {
    const found = this.tensors[name];
    if (!found) throw new WeightsError(`The file of weights has no ${name}.`);
    return found;
  }

  /* x Wᵀ + b; only the output layer has no bias. */
  linear(name, x, bias = this.weight(`${name}.bias`).data) {
    const { shape: [rows, columns], data } = this.weight(`${name}.weight`);
    if (columns !== x.length) throw new WeightsError(`${name} takes ${columns} numbers, not the ${x.length} of a row.`);
    const out = new Float32Array(rows);
    for (let i = 0, at = 0; i < rows; i++) {
      let sum = bias ? bias[i] : 0;
      for (let j = 0; j < columns; j++, at++) sum += data[at] * x[j];
      out[i] = sum;
    }
    return out;
  }

  norm(name, x) {
    const gain = this.weight(`${name}.weight`).data, shift = this.weight(`${name}.bias`).data;
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const spread = Math.sqrt(variance + 1e-5);
    return x.map((value, i) => ((value - mean) / spread) * gain[i] + shift[i]);
  }

  /* pre: x + sublayer(norm(x)); post: norm(x + sublayer(x)). */
  residual(name, x, sublayer) {
    if (this.config.norm === "pre") return add(x, sublayer(this.norm(`${name}.norm`, x)));
    return this.norm(`${name}.norm`, add(x, sublayer(x)));
  }

  embed(side, id, position, switches) {
    const { data } = this.weight(`${side}_embedding.token.weight`);
    const d = this.config.d_model;
    const row = data.subarray(id * d, (id + 1) * d).map((value) => value * Math.sqrt(d));
    return switches.position ? add(row, positionalEncoding(position, d)) : row;
  }

  /* Queries of these normed rows against all keys; may(i, j): may new row i look at key j? One entry a row and head. */
  attend(path, kind, layer, rows, { keys, values }, may, switches) {
    const { n_heads: nHeads } = this.config, { dHead } = this;
    return rows.map((row, i) => {
      const query = this.linear(`${path}.query_projection`, row);
      const merged = new Float32Array(query.length);
      const weights = Array.from({ length: nHeads }, (_, head) => {
        const asked = headOf(query, head, dHead);
        const found = new Float32Array(keys.length);
        const open = [...keys.keys()].filter((j) => may(i, j));
        if (open.length === 0) return found; // a row that may look at nothing takes nothing
        const divisor = switches.scale ? Math.sqrt(dHead) : 1;
        softmax(open.map((j) => dot(asked, headOf(keys[j], head, dHead)) / divisor)).forEach((w, n) => (found[open[n]] = w));
        if (isOff(switches, kind, layer, head)) return found;
        const mixture = headOf(merged, head, dHead);
        for (const j of open) headOf(values[j], head, dHead).forEach((value, d) => (mixture[d] += found[j] * value));
        return found;
      });
      return { query, weights, merged, output: this.linear(`${path}.output_projection`, merged) };
    });
  }

  keysAndValues(path, rows) {
    const project = (name) => rows.map((row) => this.linear(`${path}.${name}_projection`, row));
    return { keys: project("key"), values: project("value") };
  }

  /* One attention sublayer with its residual. memory: rows to read in the place of x's own; past: an earlier attention's taps. */
  attentionSublayer(path, kind, layer, residual, x, past, may, switches) {
    const pre = this.config.norm === "pre";
    const normed = pre ? x.map((row) => this.norm(`${residual}.norm`, row)) : x;
    const fresh = kind === "cross" ? { keys: [], values: [] } : this.keysAndValues(path, normed);
    const keys = [...past.keys, ...fresh.keys], values = [...past.values, ...fresh.values];
    const taps = this.attend(path, kind, layer, normed, { keys, values }, may, switches);
    const sums = x.map((row, i) => add(row, taps[i].output));
    const rows = pre ? sums : sums.map((row) => this.norm(`${residual}.norm`, row));
    return { rows, tap: { keys, values, rows: [...past.rows, ...taps] } };
  }

  /* off: the network adds nothing. */
  feedForward(path, residual, rows, off = false) {
    const relu = (x) => x.map((value) => Math.max(value, 0));
    const network = (x) => off ? new Float32Array(x.length) : this.linear(`${path}.contract`, relu(this.linear(`${path}.expand`, x)));
    return rows.map((row) => this.residual(residual, row, network));
  }

  lastNorm(name, rows) {
    return this.config.norm === "pre" ? rows.map((row) => this.norm(`${name}.norm`, row)) : rows;
  }

  /* The encoder's memory, with the taps of its attention, and the decoder's keys and values of it, made once. */
  encode(ids, switches = NORMAL) {
    let rows = ids.map((id, i) => this.embed("source", id, i, switches));
    const may = (_, j) => !switches.padding || ids[j] !== PAD;
    const layers = [];
    for (let n = 0; n < this.config.n_layers; n++) {
      const path = `encoder.layers.${n}`, nothing = { keys: [], values: [], rows: [] };
      const read = this.attentionSublayer(`${path}.self_attention`, "encoder", n, `${path}.residual_1`, rows, nothing, may, switches);
      layers.push(read.tap);
      rows = this.feedForward(`${path}.feed_forward`, `${path}.residual_2`, read.rows);
    }
    const memory = this.lastNorm("encoder", rows);
    const cross = layers.map((_, n) => this.keysAndValues(`decoder.layers.${n}.cross_attention`, memory));
    return { ids, memory, layers, cross, may, switches };
  }

  /* A target of which nothing is written. */
  begin(source) {
    const layers = source.cross.map((kept) => ({ self: { keys: [], values: [], rows: [] }, cross: { ...kept, rows: [] }, x: [], attended: [], informed: [], output: [] }));
    return { source, ids: [], layers, hidden: [], logits: [] };
  }

  /* The state after these ids too. Row i of `logits` is what the model says after reading ids 0 … i. */
  read(state, ids) {
    const { source } = state, { switches } = source;
    // Without the causal mask a new token changes every earlier row, so that nothing can be kept.
    if (!switches.causal && state.ids.length) return this.read(this.begin(source), [...state.ids, ...ids]);
    const past = state.ids.length;
    let rows = ids.map((id, i) => this.embed("target", id, past + i, switches));
    const mayLookBack = (i, j) => !switches.causal || j <= past + i;
    const layers = state.layers.map((before, n) => {
      const path = `decoder.layers.${n}`, x = rows;
      const self = this.attentionSublayer(`${path}.self_attention`, "self", n, `${path}.residual_1`, x, before.self, mayLookBack, switches);
      const cross = this.attentionSublayer(`${path}.cross_attention`, "cross", n, `${path}.residual_2`, self.rows, before.cross, source.may, switches);
      rows = this.feedForward(`${path}.feed_forward`, `${path}.residual_3`, cross.rows, switches.off.includes("feed"));
      const after = { x, attended: self.rows, informed: cross.rows, output: rows };
      const kept = Object.entries(after).map(([name, fresh]) => [name, [...before[name], ...fresh]]);
      return { self: self.tap, cross: cross.tap, ...Object.fromEntries(kept) };
    });
    const hidden = this.lastNorm("decoder", rows);
    const output = this.tensors["output.weight"] ? "output" : "target_embedding.token";
    const logits = hidden.map((row) => this.linear(output, row, null));
    return { source, ids: [...state.ids, ...ids], layers, hidden: [...state.hidden, ...hidden], logits: [...state.logits, ...logits] };
  }
}
