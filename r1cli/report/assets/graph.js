/* The edges of the recipe: from each node's inputs to it, redrawn when the layout changes. */
"use strict";
(() => {
  const graph = document.querySelector(".graph");
  if (!graph) return;
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  graph.prepend(svg);
  const nodes = new Map([...graph.querySelectorAll(".node")].map((node) => [node.dataset.node, node]));
  const layerOf = (node) => [...graph.querySelectorAll(".layer")].indexOf(node.parentElement);

  function box(node) {
    const own = node.getBoundingClientRect();
    const all = graph.getBoundingClientRect();
    return { left: own.left - all.left, right: own.right - all.left, top: own.top - all.top, bottom: own.bottom - all.top };
  }

  /* Left to right on wide windows, top to bottom on narrow ones; an edge that skips layers goes around them. */
  function path(from, to, wide, skips, outside) {
    const a = box(from);
    const b = box(to);
    if (wide && !skips) {
      const y1 = (a.top + a.bottom) / 2, y2 = (b.top + b.bottom) / 2, middle = (a.right + b.left) / 2;
      return `M${a.right},${y1} C${middle},${y1} ${middle},${y2} ${b.left},${y2}`;
    }
    if (wide) {
      const x1 = (a.left + a.right) / 2 + 14, x2 = (b.left + b.right) / 2 - 14;
      return `M${x1},${a.bottom} C${x1},${outside} ${x1},${outside} ${x1 + 40},${outside} L${x2 - 40},${outside} C${x2},${outside} ${x2},${outside} ${x2},${b.bottom}`;
    }
    if (!skips) {
      const x1 = (a.left + a.right) / 2, x2 = (b.left + b.right) / 2, middle = (a.bottom + b.top) / 2;
      return `M${x1},${a.bottom} C${x1},${middle} ${x2},${middle} ${x2},${b.top}`;
    }
    const y1 = (a.top + a.bottom) / 2 + 8, y2 = (b.top + b.bottom) / 2 - 8, x = 6;
    return `M${a.left},${y1} C${x},${y1} ${x},${y1} ${x},${y1 + 20} L${x},${y2 - 20} C${x},${y2} ${x},${y2} ${b.left},${y2}`;
  }

  function draw() {
    const wide = getComputedStyle(graph).flexDirection === "row";
    const outside = Math.max(...[...nodes.values()].map((node) => box(node).bottom)) + 26;
    svg.replaceChildren();
    for (const node of nodes.values()) {
      for (const name of node.dataset.inputs.split(" ").filter((input) => nodes.has(input))) {
        const edge = document.createElementNS(SVG, "path");
        const from = nodes.get(name);
        edge.setAttribute("d", path(from, node, wide, layerOf(node) - layerOf(from) > 1, outside));
        svg.append(edge);
      }
    }
  }

  new ResizeObserver(draw).observe(graph);
})();
