(() => {
  "use strict";

  /* The keyboard reaches what scrolls sideways, and only while it does (WCAG 2.1.1). */
  const SCROLLERS = {
    ".formula-scroll": "Formula, scrolls sideways",
    "div.highlight pre": "Code, scrolls sideways",
    ".table-scroll": "Table, scrolls sideways",
  };
  function update() {
    for (const [selector, name] of Object.entries(SCROLLERS)) {
      for (const element of document.querySelectorAll(selector)) {
        const scrolls = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
        const wanted = scrolls ? { tabindex: "0", role: "group", "aria-label": name } : {};
        for (const attribute of ["tabindex", "role", "aria-label"]) {
          if (element.getAttribute(attribute) === (wanted[attribute] ?? null)) continue;
          if (scrolls) element.setAttribute(attribute, wanted[attribute]);
          else element.removeAttribute(attribute);
        }
      }
    }
  }
  update();
  const sizes = new ResizeObserver(update); // the window's, and the way to paper and back
  document.querySelectorAll(Object.keys(SCROLLERS).join()).forEach((element) => sizes.observe(element));
  document.fonts?.ready.then(update); // web fonts change widths
  // The theme measures too, at other moments, and then takes code out of the keyboard's reach.
  new MutationObserver(update).observe(document.body, { subtree: true, attributeFilter: ["tabindex"] });

  /* Paper is white, whatever the theme. */
  const root = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => (root.dataset.theme = theme));
})();
