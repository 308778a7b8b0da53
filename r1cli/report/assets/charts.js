/* Draw each chart when it comes near the window; say values under the pointer; save a chart as SVG or its data as CSV. */
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("data").textContent).charts;
  const views = new Map();
  const tip = document.getElementById("tip");

  /* ast: expressions are interpreted, not compiled, so that the page can forbid making code from text. */
  function draw(figure) {
    const name = figure.dataset.chart;
    if (!views.has(name)) {
      const how = { mode: "vega", renderer: "svg", ast: true, actions: false, defaultStyle: false, tooltip: showTip };
      const drawn = vegaEmbed(figure.querySelector(".chart"), charts[name], how).then(({ view }) => view);
      views.set(name, drawn);
      drawn.then(() => figure.classList.add("drawn"));
    }
    return views.get(name);
  }

  function showTip(handler, event, item, value) {
    tip.replaceChildren();
    tip.hidden = value == null || value === "";
    if (tip.hidden) return;
    for (const [key, shown] of Object.entries(value)) {
      const line = document.createElement("div");
      const name = document.createElement("b");
      name.textContent = key;
      line.append(name, String(shown));
      tip.append(line);
    }
    const box = tip.getBoundingClientRect();
    const right = event.clientX + 14 + box.width > window.innerWidth;
    tip.style.left = `${Math.max(4, right ? event.clientX - 14 - box.width : event.clientX + 14)}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, window.innerHeight - box.height - 4))}px`;
  }

  /* A file does not know the page's CSS variables. */
  function withColours(svg) {
    const style = getComputedStyle(document.documentElement);
    return svg.replace(/var\((--[a-z0-9]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }

  function asCsv(rows) {
    const keys = [...new Set(rows.flatMap(Object.keys))];
    const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
    return [keys, ...rows.map((row) => keys.map((key) => row[key]))].map((row) => row.map(cell).join(",")).join("\n");
  }

  function save(name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  document.addEventListener("click", async (event) => {
    const kind = event.target.dataset?.save;
    if (!kind) return;
    const figure = event.target.closest("figure");
    const name = figure.dataset.chart;
    if (kind === "svg") save(`${name}.svg`, withColours(await (await draw(figure)).toSVG()), "image/svg+xml");
    else save(`${name}.csv`, asCsv(charts[name].data.find((table) => table.values).values), "text/csv");
  });

  const figures = document.querySelectorAll("figure[data-chart]");
  const near = new IntersectionObserver(
    (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => draw(one.target)),
    { rootMargin: "600px" },
  );
  figures.forEach((figure) => near.observe(figure));
  addEventListener("beforeprint", () => figures.forEach(draw));
})();
