/* The decoder at work: sentence, stage, what comes next, attention, one cell's sum, switches. A page shows all panels, a chapter some. */

import { END, NORMAL, START, isOff } from "./engine.js";
import { ranked, logProbabilities } from "./choose.js";
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
import { LIMIT } from "./choice.js";
import { Session } from "./session.js";

const N_CANDIDATES = 6;
const KINDS = [["cross", "Cross-attention", "Kannada rows read the English"], ["self", "Masked self-attention", "Kannada rows read the Kannada so far"], ["encoder", "Encoder self-attention", "English rows read the English"]];
export const PANELS = ["sentence", "next", "switches", "attention", "sum"];

/* What the model would write with nothing switched off and no padding. */
function intact({ model, language, choice }) {
  const source = model.encode(language.encode(choice.text).map(({ id }) => id), NORMAL);
  const ids = [];
  for (let state = model.read(model.begin(source), [START]); ids.length < LIMIT && ids.at(-1) !== END; state = model.read(state, [ids.at(-1)]))
    ids.push(ranked(logProbabilities(state.logits.at(-1)))[0]);
  return ids;
}

/* options: {model, language, choice, panels, level (of its headings), onChange(choice)}. Fills root; returns the session. */
export function createWorkbench(root, { model, language, choice, panels = PANELS, level = 3, onChange = () => {} }) {
  const { region, say } = announcer();
  const shows = (name) => panels.includes(name);
  const session = new Session(model, language, choice, update);
  let usual = {}; // the intact model's ids, by text
  const stage = createStage((row) => session.set({ row, column: null, kind: session.choice.kind === "encoder" ? "cross" : session.choice.kind }, true));
  const sentence = createSentence((text) => session.set({ text, ids: [], at: 0, row: null, column: null }));
  const transport = createTransport(session, say);
  const next = createCandidates((id) => session.force(id, session.focus));
  const others = h("select", { "aria-label": "Any other token" }), ways = createWays((parts) => session.set({ ...parts, ids: session.written }));
  const switches = createSwitches((parts) => session.rewrite(parts));
  const map = createMap((row, column) => session.set({ row, column }, true), (layer, head) => session.set({ layer, head, column: null }, true));
  const sum = createSum(), tree = createTree((ids) => session.set({ ids, at: ids.length, row: null }));
  const kinds = h("div", { class: "kinds", role: "group", "aria-label": "Which attention" }, KINDS.map(([kind, label, does]) =>
    button(`${label}: ${does}`, () => session.set({ kind, row: kind === "encoder" ? 0 : null, column: null }, true), { "data-kind": kind }, h("strong", {}, label), h("small", {}, does))));
  const headSwitch = button("Switch this head off", toggleHead), mapHint = h("p", { class: "panel-hint" });
  const treePanel = h("section", { class: "panel tree-panel" }, h(`h${level}`, { class: "panel-title" }, "The beam"), h("p", { class: "panel-hint" }, "Each column is a step. A path goes on from the tokens it stands behind; the faint ones were dropped. Choose a token to continue from there."), tree.element);

  language.target.forEach(({ token, latin, gloss }, id) => id >= END && others.append(h("option", { value: id }, [token, latin, gloss].filter(Boolean).join(" "))));
  const panel = (title, ...children) => h("section", { class: "panel" }, h(`h${level}`, { class: "panel-title" }, title), children);
  root.replaceChildren(
    ...(shows("sentence") ? [sentence.element] : []), stage.element, transport.element, region,
    h("div", { class: "panels" },
      shows("next") && panel("What comes next", next.element, h("div", { class: "any-token" }, others, button("Write this token", () => session.force(Number(others.value), session.focus))), ways.element),
      shows("switches") && panel("Switch something off", h("p", { class: "panel-hint" }, "The same weights, computed another way. Tokens that differ from the whole model\u2019s are framed."), switches.element)),
    treePanel,
    ...(shows("attention") ? [panel("Where each row looks", kinds, map.element, h("div", { class: "map-foot" }, mapHint, headSwitch))] : []),
    ...(shows("sum") ? [panel("One number, taken apart", sum.element)] : []),
  );

  function toggleHead() {
    const { kind, layer, head, off } = session.choice, name = `${kind}.${layer}.${head}`;
    // Out of a whole attention that is off, one head comes back alone.
    const { n_layers: layers, n_heads: heads } = model.config;
    const single = off.flatMap((one) => one === kind ? Array.from({ length: layers * heads }, (_, i) => `${kind}.${Math.floor(i / heads)}.${i % heads}`) : [one]);
    session.rewrite({ off: single.includes(name) ? single.filter((other) => other !== name) : [...single, name] });
  }

  const changedModel = ({ causal, padding, position, scale, off, pads }) => !causal || !padding || !position || !scale || off.length > 0 || pads > 0;

  function updateStage() {
    const { at, mode } = session.choice, { words } = session.source;
    const { choice, focus, reference } = session, { rows, taps } = session.attention("cross");
    const broken = changedModel(choice) && mode === "greedy";
    const expected = broken ? (usual[choice.text] ??= intact(session)) : null;
    const tokens = session.written.map((id, i) => {
      const missed = mode === "reference" && reference && ranked(session.logs(i))[0] !== id;
      return { ...session.token(id, i), mark: (expected && expected[i] !== id) || missed ? "differs" : "" };
    });
    const [last] = language.written(session.written).slice(-1);
    stage.update({
      words, tokens, shown: at, open: !session.ended, focus, weights: Array.from(taps.rows[focus].weights[choice.head]),
      written: { text: language.written(session.written).map(({ word }) => word).join(" ") || "\u00a0", latin: language.written(session.written).map(({ latin }) => latin).join(" ") },
    });
    return { rows, expected, last };
  }

  function updateNext() {
    const { focus, choice, reference } = session, chances = session.chances(focus), chosen = choice.ids[focus];
    const inOrder = ranked(chances).slice(0, N_CANDIDATES), shown = focus < choice.at && !inOrder.includes(chosen) ? [...inOrder.slice(0, -1), chosen] : inOrder;
    const place = focus < choice.at ? `At token ${focus + 1} the model gave:` : `Token ${focus + 1}: choose one to write it, likely or not.`;
    const agree = choice.mode === "reference" && reference ? [h("br"), ...compared(reference)] : [];
    next.update({ text: [place, ...agree], items: shown.map((id) => ({ ...session.token(id, focus), chance: chances[id], chosen: focus < choice.at && id === chosen })) });
    ways.update(choice, Boolean(session.reference));
  }

  /* The reference, and at how many of the places so far the model would have written it too. */
  function compared({ ids }) {
    const { at } = session.choice, same = session.written.filter((id, i) => ranked(session.logs(i))[0] === id).length;
    return ["The reference: ", ...marked(language.written(ids).map(({ word, latin }) => `${word} ${latin}`).join(" ")), `. The model\u2019s likeliest token is the reference\u2019s at ${same} of ${at} places.`];
  }

  function verdict(expected) {
    const { choice } = session, found = [];
    if (expected) found.push("The whole model writes: ", ...marked(language.written(expected).map(({ word }) => word).join(" ")), ". ");
    if (choice.at) found.push(`Reading the last token moved what the model says at earlier places by ${number(session.lookAhead)}${choice.causal ? ": nothing looks ahead." : ": earlier rows look ahead, at what they are to predict."} `);
    if (choice.pads) {
      const { taps } = session.attention("cross"), { words } = session.source, real = words.length - choice.pads;
      const share = taps.rows[session.focus].weights[choice.head].reduce((total, weight, j) => total + (j >= real ? weight : 0), 0);
      found.push(`The row in focus gives ${number(100 * share, 0)} % of its attention to padding. `);
    }
    return found;
  }

  function updateAttention() {
    const { kind, layer, head } = session.choice, { n_layers: layers, n_heads: heads } = model.config;
    const view = session.attention(), cell = explainCell(session), { reference } = session;
    const perHead = Array.from({ length: layers }, (_, n) => session.attention(kind, n).taps.rows.slice(0, view.rows.length));
    const gold = kind === "cross" && reference && reference.ids.every((id, i) => (session.choice.ids[i] ?? id) === id) ? reference.gold : [];
    const title = `${KINDS.find(([name]) => name === kind)[1]}, layer ${layer}, head ${head}`;
    map.update({
      ...view, layer, head, title, column: cell.index, may: (i, j) => session.may(kind, i, j), gold: new Set(gold.map(([i, j]) => `${i},${j}`)),
      corner: kind === "encoder" ? "row \\ reads" : "predicts \\ reads", weights: perHead[layer].map((row) => row.weights[head]),
      heads: perHead.flatMap((rows, n) => Array.from({ length: heads }, (_, m) => ({ layer: n, head: m, weights: rows.map((row) => row.weights[m]), off: isOff(session.choice, kind, n, m) }))),
    });
    mapHint.replaceChildren(`${title}, counted from 0. Each row sums to 1.${gold.length ? " Frames are the gold alignment." : ""}`);
    headSwitch.textContent = isOff(session.choice, kind, layer, head) ? "Switch this head on" : "Switch this head off";
    kinds.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.kind === kind)));
    if (shows("sum")) sum.update(cell);
  }

  function update() {
    const { choice } = session, { words } = session.source;
    const { expected } = updateStage();
    sentence.update({ text: choice.text, words: words.filter(({ id }) => id !== 0), language });
    transport.update();
    if (shows("next")) updateNext();
    switches.update(choice, verdict(expected));
    if (shows("attention")) updateAttention();
    treePanel.hidden = choice.mode !== "beam";
    if (choice.mode === "beam") tree.update({ steps: session.beam, language, at: choice.at, best: session.best.ids });
    if (choice.at && choice.row === null) say(`${spoken(session.token(choice.ids[choice.at - 1], choice.at - 1))} written.`);
    root.dataset.state = "ready";
    onChange(choice);
  }

  update();
  return session;
}
