/* The data of a figure as tables, for readers who ask for the numbers. */
(() => {
  "use strict";
  const figures = (window.decoderFigures ??= {});
  const cell = (value) => (value === null || value === undefined ? "–" : String(value).replace(/^-/, "−"));

  /* What an axis writes beside a position: its tick text, the trace's own label, or the number. */
  function labels(values, count, axis) {
    const all = values ?? Array.from({ length: count }, (_, i) => i);
    if (!axis?.ticktext || !axis.tickvals) return all.map(cell);
    return all.map((value) => cell(axis.ticktext[axis.tickvals.indexOf(value)] ?? value));
  }

  const axisOf = (layout, trace, letter) => layout[(trace[letter + "axis"] ?? letter).replace(/^([xy])/, "$1axis")];
  const plain = (html) => new DOMParser().parseFromString(html ?? "", "text/html").body.textContent;
  const titleOf = (axis) => plain(axis?.title?.text ?? axis?.title ?? "");

  /* {caption, head: [text], rows: [[row header, value, …]]} for each table of a figure. */
  function tables(figure) {
    const own = figure.layout.meta.table; // where the traces do not say it: {columns, rows}
    if (own?.columns) return [{ caption: "", head: own.columns, rows: own.rows.map((row) => row.map(cell)) }];
    const found = [];
    const series = new Map(); // curves over the same x share a table
    figure.data.forEach((trace, number) => {
      if (trace.visible === false) return;
      const [x, y] = ["x", "y"].map((letter) => axisOf(figure.layout, trace, letter));
      if (figures.isMatrix(trace)) {
        const caption = plain(trace.name) || titleOf(x) || `Part ${number + 1}`;
        const rowNames = labels(trace.y, trace.z.length, y);
        const rows = trace.z.map((row, i) => [rowNames[i], ...Array.from(row, cell)]);
        const corner = [titleOf(y), titleOf(x)].filter(Boolean).join(" \\ ");
        found.push({ caption, head: [corner, ...labels(trace.x, trace.z[0].length, x)], rows });
        return;
      }
      const [across, along] = trace.orientation === "h" ? [trace.y, trace.x] : [trace.x, trace.y];
      const axis = trace.orientation === "h" ? y : x;
      const names = labels(across, (along ?? []).length, axis);
      const key = `${trace.xaxis}${trace.yaxis}${names}`;
      if (!series.has(key)) {
        series.set(key, { caption: "", head: [titleOf(axis)], rows: names.map((name) => [name]) });
        found.push(series.get(key));
      }
      const table = series.get(key);
      table.head.push(plain(trace.name) || titleOf(trace.orientation === "h" ? x : y) || "value");
      table.rows.forEach((row, i) => row.push(cell(along?.[i])));
    });
    return found;
  }

  function tableElement({ caption, head, rows }) {
    const table = document.createElement("table");
    if (caption) figures.setText(table.createCaption(), caption);
    const add = (row, text, scope) => {
      const element = document.createElement(scope ? "th" : "td");
      if (scope) element.scope = scope;
      figures.setText(element, text);
      row.append(element);
    };
    const headRow = table.createTHead().insertRow();
    head.forEach((text) => add(headRow, text || "\u00a0", text ? "col" : null));
    const body = table.createTBody();
    for (const [name, ...values] of rows) {
      const row = body.insertRow();
      add(row, name, "row");
      values.forEach((value) => add(row, value));
    }
    return table;
  }

  /* Fill the open <details> of a figure; its height, once it has one, stays, so that a choice moves nothing. */
  function fillTable(details, figure) {
    const old = details.querySelector(".figure-table");
    if (!details.open) return old?.remove();
    const region = old ?? document.createElement("div");
    if (!old) {
      const name = details.closest("figure").querySelector(".figure-title").textContent;
      const said = { role: "region", tabindex: "0", "aria-label": `Data of ${name}`, class: "figure-table" };
      Object.entries(said).forEach(([attribute, value]) => region.setAttribute(attribute, value));
    }
    region.replaceChildren(...tables(figure).map(tableElement));
    if (old) return undefined;
    details.append(region);
    if (details.closest("figure").querySelector(".figure-controls")) region.style.height = `${region.offsetHeight}px`;
    return undefined;
  }

  figures.fillTable = fillTable;
})();
