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
        if (scrolls) {
          element.tabIndex = 0;
          element.setAttribute("role", "group");
          element.setAttribute("aria-label", name);
        } else {
          for (const attribute of ["tabindex", "role", "aria-label"]) element.removeAttribute(attribute);
        }
      }
    }
  }
  update();
  window.addEventListener("resize", update);
  document.fonts?.ready.then(update); // web fonts change widths

  /* Paper is white, whatever the theme. */
  const root = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => (root.dataset.theme = theme));
})();
