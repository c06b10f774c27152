/* The decoder at work: sentence, stage, what comes next, attention, one cell's sum, switches. A page shows all panels, a chapter some. */

import { END, PAD, isOff } from "./engine.js";
import { ranked } from "./choose.js";
import { announcer, button, h, marked, number, spoken } from "./dom.js";
import { createStage } from "./stage.js";
import { createSentence } from "./sentence.js";
import { createCandidates } from "./candidates.js";
import { createMap } from "./map.js";
import { createSum } from "./sum.js";
import { createSwitches, createWays } from "./controls.js";
import { createTransport } from "./transport.js";
import { createTree } from "./tree.js";
import { explainCell } from "./explain.js";
import { Session } from "./session.js";
import { createComparison, isChanged, verdictLines } from "./verdict.js";

const N_CANDIDATES = 6;
/* name, label, who reads what; without the causal mask a row reads more. */
const KINDS = [["cross", "Cross-attention", "Kannada rows read the English"], ["self", "Masked self-attention", "Kannada rows read the Kannada so far"], ["encoder", "Encoder self-attention", "English rows read the English"]];
const UNMASKED = ["self", "Self-attention without its mask", "Kannada rows read all Kannada rows"];
const kindOf = (name, { causal }) => (name === "self" && !causal ? UNMASKED : KINDS.find(([kind]) => kind === name));
export const PANELS = ["sentence", "next", "switches", "attention", "sum"];

/* options: {model, language, choice, panels, asks (names of switches that the text around asks for: they stand first, right above the
   map or the stage), level (of its headings), onChange(choice)}. Fills root; returns the session. */
export function createWorkbench(root, { model, language, choice, panels = PANELS, asks = [], level = 3, onChange = () => {} }) {
  const { region, say } = announcer();
  const shows = (name) => panels.includes(name);
  const session = new Session(model, language, choice, update);
  const compare = createComparison();
  let asksAhead = asks.includes("causal"); // or once the mask has been off
  const stage = createStage((row) => session.set({ row, column: null, kind: session.choice.kind === "encoder" ? "cross" : session.choice.kind }, true));
  const sentence = createSentence((text) => session.set({ text, ids: [], at: 0, row: null, column: null }));
  const transport = createTransport(session, say);
  const next = createCandidates((id) => session.force(id, session.focus));
  const others = h("select", { "aria-label": "Any other token" }), ways = createWays((parts) => session.redraw(parts));
  const switches = createSwitches((parts, until) => session.rewrite(parts, until), asks), frames = h("p", { class: "panel-hint" });
  const map = createMap((row, column) => session.set({ row, column }, true), (layer, head) => session.set({ layer, head, column: null }, true));
  const sum = createSum(), tree = createTree((ids) => session.set({ ids, at: ids.length, row: null }));
  const kinds = h("div", { class: "kinds", role: "group", "aria-label": "Which attention" }, KINDS.map(([kind]) =>
    button("", () => session.set({ kind, row: kind === "encoder" ? 0 : null, column: null }, true), { "data-kind": kind }, h("strong", {}), h("small", {}))));
  const headSwitch = button("Switch this head off", toggleHead), mapHint = h("p", { class: "panel-hint" });
  const treePanel = h("section", { class: "panel tree-panel" }, h(`h${level}`, { class: "panel-title" }, "The beam"), h("p", { class: "panel-hint" }, "Each column is a step, each box a path: its last token, and the sum of the log-probabilities of its tokens. A line leads to it from the path that it continues; the faint ones were dropped. Choose a box to go on from there."), tree.element);

  language.target.forEach(({ token, latin, gloss }, id) => id >= END && others.append(h("option", { value: id }, [token, latin, gloss].filter(Boolean).join(" "))));
  const panel = (title, ...children) => h("section", { class: "panel" }, h(`h${level}`, { class: "panel-title" }, title), children);
  const inMap = switches.asked && shows("attention"); // the switch and the map are seen together
  const foot = h("div", { class: "map-foot" }, mapHint, headSwitch);
  const mapPanel = shows("attention") && panel("Where each row looks", inMap ? [switches.asked, map.region, foot, switches.element, map.thumbs, kinds] : [kinds, map.element, foot]);
  const mapFirst = inMap && choice.kind === "self"; // what it shows is not on the stage
  root.replaceChildren(...[
    shows("sentence") && sentence.element, mapFirst && mapPanel, !inMap && switches.asked, stage.element, transport.element, region,
    h("div", { class: "panels" },
      shows("next") && panel("What comes next", next.element, h("div", { class: "any-token" }, others, button("Write this token", () => session.empty || session.force(Number(others.value), session.focus))), ways.element),
      shows("switches") && !inMap && panel(switches.asked ? "What changes" : "Switch something off", frames, switches.element)),
    treePanel, !mapFirst && mapPanel, shows("sum") && panel("One number, taken apart", sum.element),
  ].filter(Boolean));

  function toggleHead() {
    const { kind, layer, head, off } = session.choice, name = `${kind}.${layer}.${head}`;
    // Out of a whole attention that is off, one head comes back alone.
    const { n_layers: layers, n_heads: heads } = model.config;
    const single = off.flatMap((one) => one === kind ? Array.from({ length: layers * heads }, (_, i) => `${kind}.${Math.floor(i / heads)}.${i % heads}`) : [one]);
    session.rewrite({ off: single.includes(name) ? single.filter((other) => other !== name) : [...single, name] });
  }

  /* Which tokens are framed: where the model would have gone another way than the reference, or, if it is changed and writes by
     itself, than the whole model with the same tokens forced. */
  function framed(compared) {
    const { choice: { mode }, written } = session;
    if (mode === "reference" && session.onReference) return written.map((id, i) => ranked(session.logs(i))[0] !== id);
    return written.map((id, i) => mode === "greedy" && compared !== null && compared.whole.ids[i] !== id);
  }

  function updateStage(compared) {
    const { choice, focus, written, empty } = session, { at } = choice, { words } = session.source, { taps } = session.attention("cross");
    const differs = framed(compared), unread = isOff(choice, "cross", choice.layer, choice.head), tokens = written.map((id, i) => ({ ...session.token(id, i), mark: differs[i] ? "differs" : "" }));
    const whole = language.written(written), joined = (part) => whole.map((word) => word[part]).join(" ");
    stage.update({
      words, tokens, shown: at, open: !session.ended && !empty, focus, sentence: choice.text, weights: empty || unread ? [] : Array.from(taps.rows[focus].weights[choice.head]),
      off: unread && !empty ? `${choice.off.includes("cross") ? "Cross-attention" : "This head of cross-attention"} is off: no word is read.` : "",
      written: { text: joined("word") || "\u00a0", latin: joined("latin") },
    });
    const means = { reference: "Framed tokens: the model\u2019s likeliest is another.", greedy: "Tokens that differ from the whole model\u2019s are framed." };
    frames.textContent = `The same weights, computed another way. ${(isChanged(choice) || choice.mode === "reference") && means[choice.mode] || ""}`;
  }

  function updateNext() {
    const { focus, choice } = session, chances = session.chances(focus), written = focus < choice.at, chosen = choice.ids[focus];
    const possible = ranked(chances).filter((id) => chances[id] > 0), inOrder = possible.slice(0, N_CANDIDATES);
    const shown = written && !inOrder.includes(chosen) ? [...inOrder.slice(0, N_CANDIDATES - 1), chosen] : inOrder;
    const place = written ? `At token ${focus + 1} the model gave:` : `Token ${focus + 1}: choose one to write it, likely or not.`;
    const tokens = language.target.length - END, cut = possible.length < tokens ? ` Left are ${possible.length} of ${tokens} tokens: top-k and top-p cut the others.` : "";
    const items = shown.map((id) => ({ ...session.token(id, focus), chance: chances[id], chosen: written && id === chosen }));
    next.update(session.empty ? { text: ["There is nothing to translate."], items: [] } : { text: [place, cut, ...(choice.mode === "reference" ? [h("br"), ...agreement()] : [])], items });
    ways.update(choice, Boolean(session.reference));
  }

  /* The reference, and at how many of the places so far the model would have written it too. */
  function agreement() {
    const { reference: { ids }, written } = session, same = written.filter((id, i) => ranked(session.logs(i))[0] === id).length;
    const count = session.onReference ? `The model\u2019s likeliest token is the reference\u2019s at ${same} of ${written.length} places${same < written.length ? "; the others are framed" : ""}.` : "What is written parts from it. Undo brings it back.";
    return ["The reference: ", ...marked(language.written(ids).map(({ word, latin }) => `${word} ${latin}`).join(" ")), `. ${count}`];
  }

  function updateAttention() {
    const { kind, layer, head } = session.choice, { n_layers: layers, n_heads: heads } = model.config;
    const view = session.attention(), cell = explainCell(session), { reference } = session;
    const perHead = Array.from({ length: layers }, (_, n) => session.attention(kind, n).taps.rows.slice(0, view.rows.length));
    const gold = kind === "cross" && reference && reference.ids.every((id, i) => (session.choice.ids[i] ?? id) === id) ? reference.gold : [];
    const title = `${kindOf(kind, session.choice)[1]}, layer ${layer}, head ${head}`;
    const off = isOff(session.choice, kind, layer, head);
    map.update({
      ...view, layer, head, title, off, sentence: session.choice.text, column: cell.index, may: (i, j) => session.may(kind, i, j), gold: new Set(gold.map(([i, j]) => `${i},${j}`)),
      corner: kind === "encoder" ? "row \\ reads" : "predicts \\ reads", weights: perHead[layer].map((row) => row.weights[head]),
      heads: perHead.flatMap((rows, n) => Array.from({ length: heads }, (_, m) => ({ layer: n, head: m, weights: rows.map((row) => row.weights[m]), off: isOff(session.choice, kind, n, m) }))),
    });
    mapHint.replaceChildren(`${title}, counted from 0. ${off ? "Switched off: these weights are not used." : "Each row sums to 1."}${gold.length ? " Frames are the gold alignment." : ""}`);
    headSwitch.textContent = off ? "Switch this head on" : "Switch this head off";
    kinds.querySelectorAll("button").forEach((one) => {
      const [name, label, does] = kindOf(one.dataset.kind, session.choice), [strong, small] = one.children;
      one.setAttribute("aria-pressed", String(name === kind));
      one.setAttribute("aria-label", `${label}: ${does}`);
      strong.textContent = label;
      small.textContent = does;
    });
    if (shows("sum")) sum.update(cell);
  }

  function update() {
    const { choice } = session, { words } = session.source, compared = compare(session);
    updateStage(compared);
    sentence.update({ text: choice.text, words: words.filter(({ id }) => id !== PAD), language });
    transport.update();
    if (shows("next")) updateNext();
    asksAhead ||= !choice.causal;
    if (shows("switches")) switches.update(choice, verdictLines(session, compared, asksAhead));
    if (shows("attention")) updateAttention();
    treePanel.hidden = choice.mode !== "beam";
    if (choice.mode === "beam") tree.update({ steps: session.beam, language, at: choice.at, best: session.best.ids });
    if (!choice.at) say("");
    else if (choice.row === null) say(`${spoken(session.token(choice.ids[choice.at - 1], choice.at - 1))} written.`);
    root.dataset.state = "ready";
    onChange(choice);
  }

  update();
  return session;
}
