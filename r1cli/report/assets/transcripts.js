/* The same problem answered by every model. What models wrote is put into the page as text, never as markup. */
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const { models, problems } = JSON.parse(document.getElementById("data").textContent);
  const list = document.getElementById("problems");
  const more = document.getElementById("more");
  const PAGE = 6;
  let matches = [];
  let shown = 0;

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const textOf = (response) =>
    [response.thought, response.answer, response.said, response.around].flatMap((part) => part ?? []).join("");
  for (const problem of problems)
    for (const responses of Object.values(problem.models))
      for (const response of responses) response.searched = textOf(response).toLowerCase();

  const length = (response) => response.values.tokens || response.searched.length;

  /* A response of `model` (any model if empty) that is all that is asked for. */
  function fits(response, asked, inPrompt) {
    return (
      (!asked.wrong || response.values.accuracy === 0) &&
      (!asked.mixed || response.mixed) &&
      (!asked.malformed || response.values.format === 0) &&
      (!asked.text || inPrompt || response.searched.includes(asked.text))
    );
  }

  function asked() {
    const values = Object.fromEntries(new FormData(form));
    return { ...values, text: values.text.trim().toLowerCase() };
  }

  function find() {
    const wanted = asked();
    const narrow = wanted.wrong || wanted.mixed || wanted.malformed || wanted.text || wanted.model;
    matches = [];
    for (const problem of problems) {
      if (wanted.kind && problem.kind !== wanted.kind) continue;
      if (wanted.language && problem.language !== wanted.language) continue;
      if (wanted.seed && String(problem.seed) !== wanted.seed) continue;
      const inPrompt = problem.prompt.toLowerCase().includes(wanted.text);
      const first = {};
      for (const model of models) {
        if (wanted.model && model !== wanted.model) continue;
        const at = (problem.models[model] ?? []).findIndex((response) => fits(response, wanted, inPrompt));
        if (at >= 0) first[model] = at;
      }
      if (!narrow || Object.keys(first).length) matches.push({ problem, first });
    }
    sort(wanted);
    shown = 0;
    list.replaceChildren();
    show();
    const all = problems.length;
    document.getElementById("found").textContent =
      matches.length === all ? `All ${all} problems` : `${matches.length} of ${all} problems`;
  }

  function sort(wanted) {
    if (!wanted.order) return;
    const longest = wanted.order === "longest";
    const size = ({ problem }) => {
      const responses = wanted.model ? problem.models[wanted.model] ?? [] : Object.values(problem.models).flat();
      return longest ? -Math.max(...responses.map(length)) : Math.min(...responses.map(length));
    };
    const sized = new Map(matches.map((match) => [match, size(match)]));
    matches.sort((a, b) => sized.get(a) - sized.get(b));
  }

  function show() {
    for (const match of matches.slice(shown, shown + PAGE)) list.append(article(match));
    shown = Math.min(shown + PAGE, matches.length);
    more.hidden = shown >= matches.length;
    more.textContent = `Show more (${matches.length - shown} left)`;
  }

  function article({ problem, first }) {
    const seeds = new Set(problems.map((p) => p.seed)).size > 1 ? ` · seed ${problem.seed}` : "";
    const reference = problem.reference == null ? "no reference answer" : `reference answer: ${problem.reference}`;
    const answers = element("div", { class: "answers" });
    for (const model of models)
      if (problem.models[model]?.length) answers.append(card(model, problem, first[model] ?? 0));
    return element(
      "article",
      { class: "problem", "data-problem": problem.id },
      element("p", { class: "prompt", lang: problem.language, dir: "auto" }, problem.prompt),
      element("p", { class: "small" }, `${reference} · ${problem.kind} · ${problem.id}${seeds}`),
      answers,
    );
  }

  function card(model, problem, at) {
    const box = element("div", { class: "response", role: "group", "aria-label": `${model} answers` });
    const responses = problem.models[model];
    const fill = (index) => {
      const response = responses[index];
      const title = element("h3", {}, element("span", { class: "dot", "data-model": model, "aria-hidden": "true" }), model);
      const top = element("header", {}, title, verdict(response));
      const buttons = element("div", { class: "samples", role: "group", "aria-label": `samples of ${model}` });
      responses.forEach((one, i) => {
        const [sign, word] = judged(one);
        const button = element("button", { type: "button", "aria-pressed": String(i === index) }, sign);
        button.setAttribute("aria-label", `sample ${i + 1} of ${responses.length}, ${word}`);
        button.addEventListener("click", () => {
          fill(i);
          box.querySelectorAll(".samples button")[i].focus();
        });
        buttons.append(button);
      });
      box.replaceChildren(top, ...(responses.length > 1 ? [buttons] : []), ...parts(response, problem.language), values(response));
    };
    fill(at);
    return box;
  }

  function judged(response) {
    const accuracy = response.values.accuracy;
    if (accuracy == null) return ["–", "not judged"];
    if (accuracy >= 1) return ["✓", "right"];
    return accuracy > 0 ? ["◐", "partly right"] : ["✗", "wrong"];
  }

  function verdict(response) {
    const [sign, word] = judged(response);
    const kind = { right: "right", wrong: "wrong" }[word] ?? "none";
    return element("span", { class: `verdict ${kind}` }, `${sign} ${word}`);
  }

  function parts(response, language) {
    if (response.said) return [part("response, not in the form", "said", response.said, language)];
    const found = [part("thought", "thought", response.thought, language), part("answer", "answer", response.answer, language)];
    if (response.around) found.push(part("outside of both", "around", response.around, language));
    return found;
  }

  function part(name, kind, pieces, language) {
    const label = element("b", {}, name);
    if (pieces.join("").trim() === "") return element("p", { class: `part ${kind} nothing` }, label, "nothing");
    const said = pieces.map((piece, i) => (i % 2 ? element("mark", {}, piece) : piece));
    return element("p", { class: `part ${kind}`, lang: language, dir: "auto" }, label, ...said);
  }

  function values(response) {
    const made = element("dl", { class: "values" });
    for (const [name, value] of Object.entries(response.values))
      made.append(element("div", {}, element("dt", {}, name.replaceAll("_", " ")), element("dd", {}, value ?? "–")));
    return made;
  }

  function options(name, found) {
    const sorted = [...new Set(found)].sort();
    const select = form.elements[name];
    sorted.forEach((value) => select.append(element("option", { value }, value)));
    if (sorted.length < 2) select.closest("label").hidden = true;
  }

  models.forEach((model) => form.elements.model.append(element("option", { value: model }, model)));
  options("kind", problems.map((p) => p.kind));
  options("language", problems.map((p) => p.language));
  options("seed", problems.map((p) => String(p.seed)));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", find);
  more.addEventListener("click", show);
  find();
})();
