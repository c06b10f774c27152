/* What is left of a built page on paper: no controls, nothing folded; replies, hints and solutions stand at its end.
   Gives its words for a cover, its style sheets and its article as XHTML, with whole addresses. */
window.decoderPaper = () => {
  "use strict";
  const GONE =
    "script, style, noscript, button, select, input, form, .headerlink, .pst-js-only, .figure-controls, .figure-foot, .figure-said, " +
    ".figure-ring, .figure-live, .figure-still.narrow, .front-buttons, .guess-how, .decoder-status, .toctree-wrapper, .tableofcontents-wrapper";
  // What stands in the notebook for those who run it.
  const FOR_WORK = ["Set-up", "Code of this figure", "What the check says to a wrong answer"];
  const PLAIN = "span.pre, .highlight span:is(:not([class]), .w, .n, .p), .cell_output:empty"; // elements that say nothing
  const article = document.querySelector("article.bd-article");
  const all = (selector, within = article) => [...within.querySelectorAll(selector)];
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  /* A fold's words as a line, and what it holds. */
  const opened = (fold) => {
    const [summary, ...rest] = fold.childNodes;
    return [make("p", { class: "unfolded-title" }, ...summary.childNodes), ...rest];
  };
  const saysOf = (fold) => fold.firstElementChild.textContent.trim();

  all(GONE).forEach((element) => element.remove());
  all(".output:has(> .verdict-blank)").forEach((output) => output.remove());
  all("[hidden]").forEach((element) => element.removeAttribute("hidden"));
  all("details").forEach((fold) => FOR_WORK.includes(saysOf(fold)) && fold.remove());

  const end = make("section", { id: "replies", class: "replies" }, make("h2", {}, "Replies, hints and solutions"));
  for (const box of all(".guess, .quiz, .exercise-box")) {
    const folds = all(":scope > details", box);
    if (!folds.length) continue;
    const task = box.matches(".exercise-box"), id = `replies-${box.id}`;
    const title = box.querySelector("h3, p > strong").textContent;
    const part = make("div", { id, class: "replies-part" }, make("p", { class: "replies-title" }, make("a", { href: `#${box.id}` }, title)));
    const choices = make("ol", { class: "choices" });
    for (const fold of folds) {
      if (!task) choices.append(make("li", {}, ...fold.firstElementChild.cloneNode(true).childNodes));
      part.append(make("div", { class: "reply" }, ...opened(fold)));
      fold.remove();
    }
    if (!task) box.append(choices);
    const where = task ? "Hints and a solution" : "Replies";
    box.append(make("p", { class: "replies-where" }, make("a", { href: `#${id}` }, where), " at the end of this chapter."));
    end.append(part);
  }
  if (end.children.length > 1) article.querySelector("section").append(end);
  for (const fold of all("details").reverse()) // what is inside before what is around it
    fold.replaceWith(make("div", { class: "unfolded", ...(fold.id && { id: fold.id }) }, ...opened(fold)));

  all(PLAIN).forEach((element) => element.id || element.replaceWith(...element.childNodes));
  all("a[href]").forEach((link) => link.setAttribute("href", link.href));
  article.removeAttribute("role");
  return {
    title: article.querySelector("h1").textContent,
    chapter: article.querySelector(".chapter-line")?.textContent.split(" · ")[0] ?? "",
    description: document.querySelector('meta[name="description"]').content,
    styles: all('link[rel="stylesheet"]', document.head).map((link) => link.href),
    xhtml: new XMLSerializer().serializeToString(article),
  };
};
