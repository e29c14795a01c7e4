// What a network answers to a text, what else it might have written, and where it looked for each token.

const WIDTHS = [[1, "Greedy: the likeliest token each time"], [2, "Beam of 2"], [4, "Beam of 4"], [8, "Beam of 8"]];
const CHOSEN = { layer: undefined, head: "mean" }; // stays as one types on

// The choice of how an answer is searched.
export function widths(make, id, changed) {
  const list = make("select", { id: `${id}-beam` }, WIDTHS.map(([width, words]) => make("option", { value: width }, words)));
  list.addEventListener("change", () => changed(Number(list.value)));
  return make("div", { class: "dial search" }, make("label", { for: list.id, title: "A beam keeps so many beginnings of an answer and goes on with each." }, "How it searches"), list);
}

export function answered(make, answer, bars) {
  const parts = [make("p", { class: "reply" }, answer.written || "…")];
  if (answer.others.length > 1) {
    parts.push(make("div", {}, make("h4", {}, "The best answers of the beam, and how likely each is as a whole"), bars(answer.others)));
  }
  if (answer.looks) parts.push(looks(make, answer.looks));
  return make("div", { class: "answered" }, parts);
}

function looks(make, found) {
  const { rows, columns, layers } = found;
  const place = make("div", { class: "grid", tabindex: 0, role: "group", "aria-label": "Where it looked; scroll sideways for more" });
  const layer = choice(make, "Layer", layers.map(({ name }, number) => [number, name]), CHOSEN.layer ?? layers.length - 1, (value) => { CHOSEN.layer = Number(value); draw(); });
  const many = Math.max(...layers.map(({ heads }) => heads.length));
  const head = choice(make, "Head", [["mean", "mean of all"], ...Array.from({ length: many }, (_, n) => [n, `head ${n + 1}`])], CHOSEN.head, (value) => { CHOSEN.head = value; draw(); });
  function draw() {
    const { heads } = layers[Math.min(CHOSEN.layer ?? layers.length - 1, layers.length - 1)];
    const weight = (row, column) => (CHOSEN.head === "mean" || !heads[CHOSEN.head] ? heads.reduce((sum, one) => sum + one[row][column], 0) / heads.length : heads[CHOSEN.head][row][column]);
    place.replaceChildren(make("table", { class: "looks" },
      make("thead", {}, make("tr", {}, make("td", {}), columns.map((token) => make("th", { scope: "col" }, make("span", {}, seen(token)))))),
      make("tbody", {}, rows.map((token, row) => make("tr", {}, make("th", { scope: "row" }, seen(token)), columns.map((from, column) => {
        const p = weight(row, column);
        const cell = make("td", { title: `${seen(token)} looked at ${seen(from)}: ${Math.round(100 * p)} %`, style: `--share: ${(100 * p).toFixed(1)}%` });
        if (p >= 0.5) cell.classList.add("strong");
        cell.append(make("small", {}, p >= 0.1 ? Math.round(100 * p) : ""));
        return cell;
      }))))));
  }
  draw();
  const choices = make("div", { class: "dials" }, layers.length > 1 ? layer : [], many > 1 ? head : []);
  return make("div", {}, make("h4", {}, "Where it looked in your text (across) for each token it wrote (down), in %"), choices, place);
}

function choice(make, words, options, first, changed) {
  const list = make("select", { "aria-label": words }, options.map(([value, said]) => make("option", { value }, said)));
  list.value = String(first);
  if (list.selectedIndex < 0) list.selectedIndex = 0;
  list.addEventListener("change", () => changed(list.value));
  return make("label", { class: "dial search" }, words, list);
}

const seen = (token) => (token === "<end>" ? "end" : token);
