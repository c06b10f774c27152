/* Small helpers for elements. Text is always set as text: what somebody typed never becomes markup. */

const SVG = "http://www.w3.org/2000/svg";
const KANNADA = /([\u0c80-\u0cff][\u0c80-\u0cff\u200c\u200d]*)/;

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, set] of Object.entries(value)) element.style.setProperty(key, set);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/* An element: h("p", { class: "note", onclick: f, style: { "--weight": 0.5 } }, "text", child, [more]). */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/* Text with Kannada marked as such, for voices and fonts. */
export const marked = (text) => text.split(KANNADA).map((part, i) => (i % 2 ? h("span", { lang: "kn" }, part) : part));

export const button = (label, onclick, attributes = {}, ...children) =>
  h("button", { type: "button", "aria-label": children.length ? label : null, onclick, ...attributes }, children.length ? children : label);

/* A number as the book writes it: two digits, a true minus. */
export const number = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
};

/* A token in words: ಶಾಲೆ śāle (school). */
export const spoken = ({ token, latin, gloss }) => [token, latin, gloss && `(${gloss})`].filter(Boolean).join(" ");

const GLOSSES = {
  1: "first person", 2: "second person", 3: "third person", SG: "singular", PL: "plural", M: "masculine", F: "feminine", N: "neuter", ACC: "accusative, the object",
  DAT: "dative, to", LOC: "locative, in", NPST: "present or future", PST: "past", NEG: "negation, not", INF: "infinitive", NMLZ: "noun made of a verb", Q: "question",
};
/* What the abbreviations of a gloss stand for: 3SG.N is "third person, singular, neuter". Null where there is none. */
export function inFull(gloss = "") {
  const parts = gloss.split(/[./]/).filter((part) => /^[123]?[A-Z]+$/.test(part)).flatMap((part) => part.match(/\d|[A-Z]+/g)).map((part) => GLOSSES[part]);
  return parts.filter(Boolean).join(", ") || null;
}

/* A token on lines of its own: what is written, how it sounds, what it means. An empty line keeps its place, a missing one has none. */
export const tokenLines = ({ token, latin, gloss }) => [
  h("span", { class: "token-text", lang: latin ? "kn" : null }, token),
  latin !== undefined && h("span", { class: "token-latin" }, latin || "\u00a0"),
  gloss !== undefined && h("span", { class: "token-gloss", title: inFull(gloss) }, gloss || "\u00a0"),
];

/* The Kannada fonts, or a moment's wait for them: a word that is drawn before its font comes may keep its empty boxes. */
export const fontsReady = (weights = [400, 700]) => Promise.race([
  Promise.all(weights.map((weight) => document.fonts.load(`${weight} 1em "Noto Sans Kannada"`, "ಕ"))).catch(() => {}),
  new Promise((resolve) => setTimeout(resolve, 1000)),
]);

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/* A live region whose changes are spoken one at a time, the last one only. */
export function announcer() {
  const region = h("p", { class: "visually-hidden", "aria-live": "polite" });
  let waiting;
  return {
    region,
    say(text) {
      clearTimeout(waiting);
      waiting = setTimeout(() => region.replaceChildren(text), 250);
    },
  };
}

/* Keep the height that an element once had at this width, so that what stands below never moves back up. */
export function keepHeight(element) {
  element.style.minHeight = "";
  const { offsetWidth, offsetHeight, dataset } = element;
  if (dataset.width !== String(offsetWidth)) dataset.tallest = 0;
  dataset.width = offsetWidth;
  dataset.tallest = Math.max(offsetHeight, Number(dataset.tallest));
  element.style.minHeight = `${dataset.tallest}px`;
}
