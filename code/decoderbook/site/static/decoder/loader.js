/* The weights: fetched once for all instruments of a page, with progress, and with a way out where that fails. */

import { Model, WeightsError, readTensors } from "./engine.js";
import { Language } from "./language.js";

let loading = null;

/* {model, language} of a file's bytes. Throws WeightsError. */
export function openWeights(buffer) {
  const { tensors, metadata } = readTensors(buffer);
  let words;
  try {
    words = JSON.parse(metadata.decoder);
  } catch {
    throw new WeightsError("This file of weights is another one: it does not say what its words are.");
  }
  return { model: new Model(tensors, words.config), language: new Language(words) };
}

async function download(url, onProgress) {
  if (location.protocol === "file:")
    throw new WeightsError("This page was opened from a folder, and a browser does not let such a page read the file of weights by itself.");
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new WeightsError("The weights could not be fetched: there is no connection to this site.");
  }
  if (!response.ok) throw new WeightsError(`The weights could not be fetched: the site answered ${response.status}.`);
  const total = Number(response.headers.get("content-length")) || 1.5e6, chunks = [];
  let got = 0;
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      onProgress(Math.min((got += value.length) / total, 1));
    }
  } catch {
    throw new WeightsError("The connection broke while the weights were on their way.");
  }
  return new Blob(chunks).arrayBuffer();
}

/* The model of this address; asked again after a failure, it tries again. */
export function loadModel(url, onProgress) {
  loading ??= download(url, onProgress).then(openWeights);
  loading.catch(() => (loading = null));
  return loading;
}

/* The model of a file that a reader chose by hand. */
export async function openFile(file) {
  loading = file.arrayBuffer().then(openWeights);
  loading.catch(() => (loading = null));
  return loading;
}
