/* Text to ids and back, with the tables that come with the weights: English words in, Kannada morphemes out.

   document: {source: [token], target: [{token, latin, gloss}], letters, sentences, head}, as decoderbook.page_model writes it. */

import { END, UNK } from "./engine.js";

const MAX_WORDS = 40; // far more than the model has seen; a page of pasted text would only be slow

const SPACES = /(?:(?!\ufeff)[\s\u0085\u001c-\u001f])+/u; // Python's spaces, which differ from JavaScript's

export class Language {
  constructor({ source, target, letters, sentences, head }) {
    Object.assign(this, { source, target, letters, sentences, bestHead: head });
    this.ids = new Map(source.map((token, id) => [token, id]).slice(UNK + 1));
  }

  /* The words as the model reads them: lower case but for I, no full stop, no question mark. */
  words(text) {
    const found = text.normalize("NFC").replace(/[?.]/g, " ").toLowerCase().split(SPACES).filter(Boolean);
    return found.slice(0, MAX_WORDS).map((word) => (word === "i" ? "I" : word));
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
