/* The box for the English sentence: the corpus's words at hand, words that the model never saw marked and explained. */

import { button, h } from "./dom.js";

let boxes = 0;

/* onText(text): another sentence. update({text, words, language}) */
export function createSentence(onText) {
  const id = `sentence-${++boxes}`;
  let language = null, options = [], active = -1;
  const input = h("input", {
    id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "300", role: "combobox",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-words`, "aria-describedby": `${id}-note`,
    oninput: () => suggest(), onkeydown: keys, onblur: () => setTimeout(close, 150), onfocus: () => suggest(),
  });
  const listbox = h("ul", { id: `${id}-words`, class: "sentence-words", role: "listbox", "aria-label": "Words of the corpus", hidden: true });
  const note = h("p", { id: `${id}-note`, class: "sentence-note" });
  const form = h("form", { class: "sentence", onsubmit: (event) => { event.preventDefault(); close(); input.value = language.tidy(input.value); onText(input.value); } },
    h("label", { for: id }, "English sentence"),
    h("div", { class: "sentence-row" }, h("div", { class: "sentence-box" }, input, listbox), h("button", { type: "submit", class: "primary" }, "Translate"), button("Random sentence", random)));
  const element = h("div", {}, form, note);

  /* The word that the cursor stands at the end of. */
  const beginning = () => input.value.slice(0, input.selectionStart).split(/\s/).at(-1);

  function suggest() {
    const word = beginning();
    options = language && word ? language.suggest(word) : [];
    if (word && language && !options.length && !language.ids.has(word)) options = language.near(word);
    active = -1;
    listbox.replaceChildren(...options.map((option, i) => h("li", { role: "option", id: `${id}-word-${i}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(i); } }, option)));
    listbox.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!listbox.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function close() {
    listbox.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function take(i) {
    const end = input.selectionStart, start = end - beginning().length;
    input.setRangeText(`${options[i]} `, start, end, "end");
    suggest();
  }

  function keys(event) {
    if (event.key === "Escape" && !listbox.hidden) { event.preventDefault(); return close(); }
    if (event.key === "Enter" && active >= 0 && !listbox.hidden) { event.preventDefault(); return take(active); }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || !options.length) return;
    event.preventDefault();
    listbox.hidden = false;
    input.setAttribute("aria-expanded", "true");
    active = (active + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    [...listbox.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    listbox.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `${id}-word-${active}`);
  }

  function random() {
    const others = language.sentences.filter(({ english }) => english !== input.value);
    onText(others[Math.floor(Math.random() * others.length)].english);
  }

  function explain(words, text) {
    const unknown = words.filter(({ known }) => !known).map(({ word }) => word);
    const read = words.length - 1;
    if (read === 0) return "There is nothing to translate. Type a sentence, or take a random one.";
    const parts = [], different = [...new Set(unknown)].slice(0, 5), near = [...new Set(different.flatMap((word) => language.near(word)))].slice(0, 5);
    if (unknown.length) parts.push(`${different.join(", ")}: not in the model\u2019s vocabulary of ${language.source.length} tokens. It reads [UNK] there, and has to guess.`);
    if (near.length) parts.push(`Words like it that the model knows: ${near.join(", ")}.`);
    if (language.allWords(text).length > read) parts.push(`Only the first ${read} words are read.`);
    return parts.join(" ");
  }

  function update(next) {
    language = next.language;
    if (document.activeElement !== input || input.value.trim() !== next.text) input.value = next.text;
    note.replaceChildren(explain(next.words, next.text));
  }

  return { element, update };
}
