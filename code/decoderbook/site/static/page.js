(() => {
  "use strict";

  /* The keyboard reaches what scrolls sideways, and only while it does (WCAG 2.1.1). */
  const SCROLLERS = {
    ".formula-scroll": "Formula, scrolls sideways",
    "div.highlight pre": "Code, scrolls sideways",
    ".table-scroll": "Table, scrolls sideways",
  };
  const AT_ONCE = 12; // elements measured in one task
  const PATIENCE = 100; // ms to wait for the browser to be idle
  const ALL = Object.keys(SCROLLERS).join();
  const idle = (work) =>
    window.requestIdleCallback ? requestIdleCallback(work, { timeout: PATIENCE }) : setTimeout(work, PATIENCE / 2);
  const waiting = new Set();
  const measured = new WeakMap(); // element → the attributes that it has to have
  const root = document.documentElement;

  /* Measure a few whenever the browser has nothing else to do: measuring lays out what is far from the window. */
  function measure() {
    const some = [...waiting].slice(0, AT_ONCE);
    some.forEach((element) => {
      waiting.delete(element);
      element.style.contentVisibility = "visible";
    });
    const scrolls = some.map((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
    some.forEach((element, i) => {
      element.style.contentVisibility = "";
      const [, name] = Object.entries(SCROLLERS).find(([selector]) => element.matches(selector));
      measured.set(element, scrolls[i] ? { tabindex: "0", role: "group", "aria-label": name } : {});
      say(element);
    });
    if (waiting.size) idle(measure);
    else delete root.dataset.measuring;
  }
  function say(element) {
    const wanted = measured.get(element);
    for (const attribute of ["tabindex", "role", "aria-label"]) {
      if (element.getAttribute(attribute) === (wanted[attribute] ?? null)) continue;
      if (attribute in wanted) element.setAttribute(attribute, wanted[attribute]);
      else element.removeAttribute(attribute);
    }
  }
  function update(elements) {
    if (!elements.length) return;
    if (!waiting.size) idle(measure);
    elements.forEach((element) => waiting.add(element));
    root.dataset.measuring = "true"; // what is not measured yet may still be out of the keyboard's reach
  }
  const everything = () => update(document.querySelectorAll(ALL));
  everything();
  // The window's size, and the way to paper and back; a block's own height is none of this.
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return;
    width = contentRect.width;
    everything();
  }).observe(document.querySelector("article") ?? document.body);
  // A font changes widths, and is fetched when its first letter is laid out.
  document.fonts?.addEventListener("loadingdone", everything);
  // What was folded away had no size.
  document.addEventListener("toggle", ({ target }) => update(target.querySelectorAll?.(ALL) ?? []), true);
  // The theme measures too, but not what is far from the window, and takes code out of the keyboard's reach:
  // what has been measured here is said again at once, before anybody could miss it. What only the theme sees is measured.
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (!target.matches(ALL)) continue;
      const known = measured.get(target);
      if (known && (known.tabindex || target.getAttribute("tabindex") !== "0")) say(target);
      else update([target]);
    }
  }).observe(document.body, { subtree: true, attributeFilter: ["tabindex"] });

  /* The theme's scripts wait in the page until it is there, and then run one by one, when the browser is idle. */
  const later = [...document.querySelectorAll("script[data-later]")];
  function runLater() {
    const waits = later.shift();
    if (!waits) return;
    const script = document.createElement("script");
    script.onload = script.onerror = () => idle(runLater);
    script.src = waits.dataset.later;
    waits.replaceWith(script);
  }
  window.addEventListener("load", () => idle(runLater));

  /* Paper is white, whatever the theme. */
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => (root.dataset.theme = theme));
})();
