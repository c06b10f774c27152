/* The weights: fetched once for all instruments of a page, with progress, and with a way out where that fails. */

import { checkTensors, readDocument } from "./check.js";
import { Model, WeightsError, readTensors } from "./engine.js";
import { Language } from "./language.js";

const SILENCE = 8000; // ms without a byte before a download is given up
const MAX_BYTES = 20e6; // of a file chosen by hand; ours has 1.5 MB

let loading = null, failed = false;

/* {model, language} of a file's bytes. Throws WeightsError. */
export function openWeights(buffer) {
  const { tensors, metadata, numbers } = readTensors(buffer);
  const words = readDocument(metadata.decoder, numbers);
  checkTensors(tensors, words);
  return { model: new Model(tensors, words.config), language: new Language(words) };
}

/* The same bytes from a script beside the file, where the course to take along has them: a page that was opened from a
   folder may load nothing else. */
async function fromScript(url) {
  const script = document.createElement("script");
  script.src = url.replace(/\.safetensors$/, ".js");
  await new Promise((done, refuse) => {
    script.onload = done;
    script.onerror = () => refuse(new WeightsError("This page was opened from a folder, and a browser does not let such a page read the file of weights by itself."));
    document.head.append(script);
  });
  return Uint8Array.from(atob(window.decoderWeights), (sign) => sign.charCodeAt(0)).buffer;
}

/* The bytes at this address; fresh: not those that the browser kept. */
async function download(url, onProgress, fresh) {
  if (location.protocol === "file:") return fromScript(url);
  const stop = new AbortController(), chunks = [];
  let silence, got = 0;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE);
  };
  const lost = (otherwise) => new WeightsError(stop.signal.aborted ? "The weights stopped coming: nothing has arrived for 8 seconds." : otherwise);
  heard();
  try {
    const response = await fetch(url, { signal: stop.signal, cache: fresh ? "reload" : "default" }).catch(() => {
      throw lost("The weights could not be fetched: the site cannot be reached, or the browser is kept from it.");
    });
    if (!response.ok) throw new WeightsError(`The weights could not be fetched: the site answered ${response.status}.`);
    const total = Number(response.headers.get("content-length")) || 1.5e6;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      heard();
      chunks.push(value);
      onProgress(Math.min((got += value.length) / total, 1));
    }
  } catch (error) {
    throw error instanceof WeightsError ? error : lost("The connection broke while the weights were on their way.");
  } finally {
    clearTimeout(silence);
  }
  return new Blob(chunks).arrayBuffer();
}

function keep(promise) {
  loading = promise;
  promise.then(() => (failed = false), () => {
    failed = true;
    if (loading === promise) loading = null;
  });
  return promise;
}

/* The model of this address; asked again after a failure, it tries again. */
export const loadModel = (url, onProgress) => loading ?? keep(download(url, onProgress, failed).then(openWeights));

async function read(file) {
  if (file.size > MAX_BYTES) throw new WeightsError("This is not the file of weights: it is much too large.");
  try {
    return await file.arrayBuffer();
  } catch {
    throw new WeightsError("The browser could not read this file of weights.");
  }
}

/* The model of a file that a reader chose by hand. */
export const openFile = (file) => keep(read(file).then(openWeights));
