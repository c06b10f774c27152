/* Step, back, play, jump, undo. */

import { button, h } from "./dom.js";
import { END } from "./engine.js";

/* The page's address follows a choice after a moment. */
const settled = () => new Promise((resolve) => setTimeout(() => resolve(location), 400));

const BEAT = 1000; // ms a token while it plays

export function createTransport(session, say) {
  let timer = null;
  const play = button("Play", () => (timer ? pause() : start()), { class: "primary" });
  const again = button("Start again", () => act(() => session.go(0)));
  const back = button("Back", () => act(() => session.go(session.choice.at - 1)));
  const step = button("Step", () => act(() => session.step()));
  const end = button("To the end", () => act(() => { while (session.step()); }));
  const undo = button("Undo", () => act(() => session.undo() || say("Nothing to undo.")));
  // A page offers the address of this very moment; a notebook has none.
  const address = globalThis.decoderFigures?.address;
  const copy = address ? button("Copy link", async () => { const { href } = await settled(); say(await address.copy(href, copy)); }) : null;
  const place = h("input", { type: "range", min: 0, step: 1, "aria-label": "Tokens written", oninput: () => act(() => session.go(Number(place.value))) });
  const count = h("output", {});
  const element = h("div", { class: "transport", role: "group", "aria-label": "Writing" }, play, step, back, again, end, undo, copy, h("label", { class: "transport-place" }, place, count));

  function pause() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
  }

  /* What a reader does by hand ends the playing. */
  function act(action) {
    pause();
    action();
  }

  function beat() {
    if (!element.isConnected || !session.step() || session.ended) return pause();
    timer = setTimeout(beat, BEAT);
  }

  function start() {
    if (session.ended) session.go(0);
    play.textContent = "Pause";
    timer = setTimeout(beat, 0);
  }

  function update() {
    const { at, ids } = session.choice;
    place.max = String(Math.max(ids.length, 1));
    place.value = String(at);
    place.setAttribute("aria-valuetext", `${at} of ${ids.length} tokens`);
    const last = !session.ended ? "" : ids[at - 1] === END ? ", END" : ", limit reached";
    count.textContent = `${at} ${at === 1 ? "token" : "tokens"}${last}`;
    // Not `disabled`, which would take the focus away from the button that was just pressed.
    const idle = (one, off) => one.setAttribute("aria-disabled", String(off));
    for (const one of [back, again]) idle(one, at === 0);
    for (const one of [step, end]) idle(one, session.ended || session.empty);
    idle(undo, !session.undone.length);
  }

  return { element, update };
}
