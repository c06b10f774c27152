/* The first page's run: recorded beforehand, so that it is there at once; the model itself is one link away. */

import { button, h, marked, number, reducedMotion } from "./dom.js";
import { createStage } from "./stage.js";

const LOOK = 900, WRITE = 700; // ms: lines first, then the token
const WAIT = 100; // before it begins by itself

/* runs: what decoderbook.page_model.recording.record_run made, for each sentence. */
export function createHero(root, runs) {
  let run = runs[0], at = 0, timer = null, visible = true;
  const stage = createStage((i) => show(i, true));
  const play = button("Play", toggle, { class: "primary" });
  const back = button("Back", () => show(at - 1, true)), step = button("Step", () => show(at + 1, true));
  const again = button("Start again", () => { show(0); start(); });
  const chances = h("p", { class: "hero-chances" });
  const sentences = runs.map((other) => button(other.english, () => choose(other), { class: "choice" }));

  function choose(other) {
    run = other;
    show(0);
    start();
  }

  /* at: 0 … 2n; an odd number is a token looked for, the next even one the same token written. */
  function show(next, byHand = false) {
    if (byHand) stop();
    at = Math.max(0, Math.min(next, run.tokens.length));
    draw(at, false);
  }

  function draw(shown, looking) {
    const focus = looking ? shown : Math.max(shown - 1, 0), token = run.tokens[focus];
    const open = looking || shown === 0;
    stage.update({
      words: run.words.map((word) => ({ word, known: true })), tokens: run.tokens, shown, open, focus,
      weights: open && shown === 0 && !looking ? run.words.map(() => 0) : token.attention,
      written: shown ? { text: run.tokens[shown - 1].written, latin: run.tokens[shown - 1].written_latin } : { text: "\u00a0", latin: "" },
    });
    const most = token.attention.indexOf(Math.max(...token.attention)), [best] = token.candidates;
    const says = looking ? `What comes next? It reads \u201c${run.words[most]}\u201d most (${number(token.attention[most])}).`
      : `${[token.token, token.latin].filter(Boolean).join(" ")}, chosen with probability ${number(best.probability)}`;
    chances.replaceChildren(...(shown || looking ? marked(says) : ["\u00a0"]));
    sentences.forEach((choice, i) => choice.setAttribute("aria-pressed", String(runs[i] === run)));
    back.disabled = shown === 0;
    step.disabled = shown === run.tokens.length;
    root.dataset.at = shown;
  }

  function tick() {
    if (!visible || document.hidden) return (timer = setTimeout(tick, LOOK));
    if (at === run.tokens.length) return stop();
    draw(at, true);
    timer = setTimeout(() => {
      show(at + 1);
      timer = setTimeout(tick, WRITE);
    }, LOOK);
  }

  function start() {
    stop();
    play.textContent = "Pause";
    timer = setTimeout(tick, WAIT);
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
  }

  function toggle() {
    if (timer) return stop();
    if (at === run.tokens.length) show(0);
    start();
  }

  const controls = h("div", { class: "hero-controls", role: "group", "aria-label": "This translation" }, play, back, step, again);
  const others = h("div", { class: "hero-sentences", role: "group", "aria-label": "Another sentence" }, sentences);
  if (root.dataset.link) controls.append(h("a", { href: root.dataset.link }, "Your own sentence"));
  root.replaceChildren(stage.element, chances, controls, others);
  new IntersectionObserver(([entry]) => (visible = entry.isIntersecting)).observe(root);
  show(reducedMotion() ? run.tokens.length : 0);
  if (!reducedMotion()) start();
}
