/* Text to ids and back, with the tables that come with the weights: English words in, Kannada morphemes out.

   document: {source: [token], target: [{token, latin, gloss}], letters, sentences, head}, as decoderbook.page_model writes it. */

import { END, UNK } from "./engine.js";

const MAX_WORDS = 40; // far more than the model has seen; a page of pasted text would only be slow

const SHORT = { "n't": "not", "'m": "am", "'re": "are", "'ll": "will", "'s": "is" };
const PRONOUNS = ["he", "she", "it", "that"];

const SPACES = /(?:(?!\ufeff)[\s\u0085\u001c-\u001f])+/u; // Python's spaces, which differ from JavaScript's

/* How many letters have to be put in, left out or changed. Levenshtein 1966. */
function distance(a, b) {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row.at(-1);
}

export class Language {
  constructor({ source, target, letters, sentences, head }) {
    Object.assign(this, { source, target, letters, sentences, bestHead: head });
    this.ids = new Map(source.map((token, id) => [token, id]).slice(UNK + 1));
  }

  /* The words as the model reads them: lower case but for I, no full stop, no question mark. */
  words(text) {
    return this.allWords(text).slice(0, MAX_WORDS);
  }

  allWords(text) {
    const found = text.normalize("NFC").replace(/[?.]/g, " ").toLowerCase().split(SPACES).filter(Boolean);
    return found.map((word) => (word === "i" ? "I" : word));
  }

  /* What somebody types naturally, as the corpus writes it: no punctuation between words, "I'm" and "don't" as two words. */
  tidy(text) {
    const short = /^(\p{L}+)(n't|'m|'re|'ll|'s)$/iu;
    const words = text.replace(/\u2019/g, "'").split(SPACES).map((word) => word.replace(/^[,;:!?."]+|[,;:!?."]+$/g, "")).filter(Boolean);
    return words.map((word) => {
      const [, stem, ending] = word.match(short) ?? [];
      const owner = ending === "'s" && !PRONOUNS.includes(stem?.toLowerCase()); // the boy's
      if (!stem || owner || this.ids.has(word.toLowerCase())) return word;
      const first = ending.toLowerCase() === "n't" && stem.toLowerCase() === "wo" ? "will" : stem, parts = [first, SHORT[ending.toLowerCase()]];
      return parts.every((part) => this.ids.has(this.allWords(part)[0])) ? parts.join(" ") : word;
    }).join(" ");
  }

  /* The words of the vocabulary that differ from this in the fewest letters. */
  near(word, limit = 3) {
    const most = Math.min(2, Math.floor(word.length / 2));
    const found = [...this.ids.keys()].map((known) => [known, distance(word, known)]).filter(([, letters]) => letters <= most);
    return found.sort((a, b) => a[1] - b[1]).slice(0, limit).map(([known]) => known);
  }

  /* [{word, id, known}], END last. A word that the model never saw has the id of [UNK]. */
  encode(text) {
    const read = this.words(text).map((word) => ({ word, id: this.ids.get(word) ?? UNK, known: this.ids.has(word) }));
    return [...read, { word: "END", id: END, known: true }];
  }

  /* Words of the vocabulary that begin with this, those that the corpus has most often first. */
  suggest(beginning, limit = 8) {
    const wanted = beginning.toLowerCase();
    return [...this.ids.keys()].filter((word) => word.toLowerCase().startsWith(wanted) && word !== beginning).slice(0, limit);
  }

  /* The written words of some ids, as {word, latin, from, to}: made of the tokens from … to - 1. */
  written(ids) {
    const groups = [];
    ids.forEach((id, i) => {
      if (id < UNK) return; // PAD, START and END have no text
      const piece = id === UNK ? "\ufffd" : this.target[id].token;
      if (piece.startsWith("-") && groups.length) groups.at(-1).pieces.push(piece);
      else groups.push({ pieces: [piece], from: i });
      groups.at(-1).to = i + 1;
    });
    return groups.map(({ pieces, from, to }) => {
      const word = this.join(pieces);
      return { word, latin: this.transliterate(word), from, to };
    });
  }

  /* Pieces to a word by sandhi: tinydecoder.corpus.kannada.join, whose tables these are. */
  join(pieces) {
    const { signs, virama, dropped, glide_y: glideY, dropped_too: droppedToo } = this.letters;
    return pieces.reduce((word, piece) => {
      const ending = piece.replace(/^-/, "");
      const sign = signs[ending[0]];
      if (!word || sign === undefined) return word + ending;
      const last = word.at(-1);
      const drops = virama === last || dropped === last || droppedToo.some(([end, e]) => word.endsWith(end) && e === ending);
      if (drops) return word.slice(0, -1) + sign + ending.slice(1);
      return word + (glideY.includes(last) ? "ಯ" : "ವ") + sign + ending.slice(1);
    }, "");
  }

  /* ISO 15919, as tinydecoder.corpus.kannada.transliterate. */
  transliterate(text) {
    const { consonants, vowel_signs: vowelSigns, others } = this.letters;
    let out = "", bare = false; // bare: the last letter is a consonant without its vowel
    for (const char of text.normalize("NFC")) {
      if (bare && char in vowelSigns) {
        out += vowelSigns[char];
        bare = false;
        continue;
      }
      if (bare) out += "a";
      bare = char in consonants;
      out += consonants[char] ?? others[char] ?? char;
    }
    return bare ? out + "a" : out;
  }
}
