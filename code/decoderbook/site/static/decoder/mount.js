/* Brings every place of a page to life where the decoder is at work. */

import { button, fontsReady, h } from "./dom.js";
import { WeightsError } from "./engine.js";
import { loadModel, openFile } from "./loader.js";
import { fromAddress, toAddress } from "./choice.js";
import { PANELS, createWorkbench } from "./workbench.js";

const QUIET = 300; // ms after the last change before the address follows
const MOST_NAMES = 3;

let waiting; // one page has one address

/* The part of an address that belongs to this place: "#id?…", by its own id or by that of its figure. */
function asked(id, { hash } = location) {
  const name = [id, document.getElementById(id)?.closest("figure")?.id].find((one) => one && hash.startsWith(`#${one}?`));
  return name ? hash.slice(name.length + 2) : null;
}

/* What an address says that cannot be, in a sentence; a name may hold anything, so signs that steer a line are taken out. */
function leftOut(names) {
  const plain = [...new Set(names)].map((name) => name.replace(/\p{C}/gu, "") || "a part without a name"), more = plain.length - MOST_NAMES;
  return plain.length ? `Left out of the address, because it cannot be: ${plain.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}.` : "";
}

/* One below the heading that the place stands under. */
function levelAt(place) {
  const before = [...document.querySelectorAll("article :is(h1, h2, h3, h4)")].filter((one) => one.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING);
  return Number(before.at(-1)?.tagName[1] ?? 2) + 1;
}

function decode(place) {
  const { id } = place, { weights, choice = "", panels, asks } = place.dataset;
  const still = [...place.childNodes], beginning = fromAddress(choice).choice;
  const note = h("p", { class: "decoder-note", role: "status" });
  let session = null, plain = beginning;

  function follow(now) {
    const { hash } = location;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (location.hash !== hash) return; // a link was followed meanwhile
      const rest = toAddress(now, plain);
      history.replaceState(history.state, "", rest || asked(id) !== null ? `#${id}?${rest}` : location.href);
    }, QUIET);
  }

  function open({ model, language }) {
    const { choice, ignored } = fromAddress(asked(id) ?? "", beginning);
    const root = h("div", { class: "workbench" });
    session = createWorkbench(root, { model, language, choice, level: levelAt(place), panels: panels?.split(" ") ?? PANELS, asks: asks?.split(" "), onChange: follow });
    plain = session.possible(beginning);
    place.replaceChildren(note, root);
    tell(choice, ignored);
    if (asked(id) !== null) place.scrollIntoView();
    place.dataset.state = "ready";
  }

  /* Name what was left out: parts that no choice has, and those that this model does not. */
  function tell(choice, ignored) {
    const changed = ["text", "ids", "mode", "layer", "head"].filter((name) => choice[name] !== null && `${choice[name]}` !== `${session.choice[name]}`);
    note.textContent = leftOut([...changed, ...ignored]);
  }

  /* A reader pressed the button, which goes away; the focus goes on to the first control. */
  async function startByHand() {
    await start();
    if (document.activeElement === document.body) place.querySelector(".asked input, .transport button, .decoder-status button")?.focus({ preventScroll: true });
  }

  async function start(loaded) {
    const bar = h("progress", { max: "1", "aria-label": "The weights are on their way" });
    const status = h("p", { class: "decoder-loading", role: "status" }, "Fetching the weights, 1.5 MB, once. ", bar);
    place.querySelector(".decoder-status")?.remove();
    place.append(h("div", { class: "decoder-status" }, status));
    place.dataset.state = "loading";
    try {
      const [found] = await Promise.all([loaded ?? loadModel(weights, (share) => (bar.value = share)), fontsReady()]);
      open(found);
    } catch (error) {
      fail(error);
      if (!(error instanceof WeightsError)) throw error;
    }
  }

  function fail(error) {
    const picker = h("input", { type: "file", accept: ".safetensors", onchange: () => picker.files[0] && start(openFile(picker.files[0])) });
    const name = weights.split("/").at(-1);
    place.querySelector(".decoder-status")?.replaceChildren(
      h("p", { role: "alert" }, error.message), h("p", {}, button("Try again", () => start(), { class: "primary" })),
      h("label", {}, `Or choose the file ${name} yourself; it lies in the folder _static/decoder of this book. `, picker));
    place.dataset.state = "failed";
  }

  addEventListener("hashchange", ({ oldURL }) => {
    const back = ["", `#${id}`].includes(location.hash) && asked(id, new URL(oldURL)) !== null; // to where nothing was asked
    if (asked(id) === null && !back) return;
    if (!back) place.scrollIntoView();
    if (!session) return back || start();
    const { choice, ignored } = fromAddress(asked(id) ?? "", beginning);
    session.set(choice);
    tell(choice, ignored);
  });

  if (place.dataset.start === "now" || asked(id) !== null) return start();
  place.append(h("div", { class: "decoder-status" }, button("Try it here", startByHand, { class: "primary" }), h("span", {}, " The model is fetched once, 1.5 MB.")));
  still.forEach((node) => node.classList?.contains("still") && node.addEventListener("click", () => session ?? startByHand(), { once: true }));
}

export const mountAll = () => document.querySelectorAll('[data-decoder="workbench"]').forEach(decode);

if (typeof document !== "undefined" && document.currentScript) mountAll();
