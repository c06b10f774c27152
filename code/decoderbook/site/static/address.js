/* The state of a figure in the page's address, as #figure-6-3?head=2&stage=weights, and the button that copies it. */
(() => {
  "use strict";
  const figures = (window.decoderFigures ??= {});
  const LONGEST = 2000; // characters; no state of ours is longer
  const SETTLED = 300; // ms without a change before the address follows

  /* {id, values: Map name → text} of an address's hash; null for what is none of ours. Nothing in it is trusted: the
     id is looked up among the page's figures, names and values among those of its record. */
  function read(hash) {
    if (hash.length > LONGEST || !hash.startsWith("#")) return null;
    const [id, query = ""] = hash.slice(1).split(/\?(.*)/s);
    return { id, values: new Map(new URLSearchParams(query)) };
  }

  /* The positions that the values name; `now` where a value is none of the control's. */
  const positions = (record, values, now) =>
    record.controls.map((control, i) => {
      const found = control.values.indexOf(values.get(control.name));
      return found < 0 ? now[i] : found;
    });

  function write(id, record, chosen) {
    const query = new URLSearchParams((record?.controls ?? []).map(({ name, values }, i) => [name, values[chosen[i]]]));
    return `#${id}${record ? `?${query}` : ""}`;
  }

  let waiting;
  function follow(hash) {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      try {
        history.replaceState(history.state, "", hash());
      } catch {
        // The browser refuses too many changes; the next one is written again.
      }
    }, SETTLED);
  }

  /* Copy the text, or show it selected where the browser does not allow that; gives the sentence to say. */
  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      return "Link copied.";
    } catch {
      const field = document.createElement("input");
      Object.assign(field, { value: text, readOnly: true, className: "figure-link" });
      field.setAttribute("aria-label", "Link to this view");
      button.parentElement.querySelector(".figure-link")?.remove();
      button.after(field);
      field.focus();
      field.select();
      return "The link is selected: copy it with your keyboard.";
    }
  }

  figures.address = { read, positions, write, follow, copy };
})();
