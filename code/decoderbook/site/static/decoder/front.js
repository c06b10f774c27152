/* Starts the first page's run, as soon as the page is read: before the theme's own scripts, which take their time. */

import { fontsReady } from "./dom.js";
import { createHero } from "./hero.js";

function start() {
  const place = document.querySelector('[data-decoder="run"]');
  const runs = JSON.parse(place.querySelector('script[type="application/json"]').textContent);
  fontsReady([700]).then(() => createHero(place, runs));
}

export function begin() {
  if (document.readyState === "loading") document.addEventListener("readystatechange", start, { once: true });
  else start();
}

if (typeof document !== "undefined" && document.currentScript) begin();
