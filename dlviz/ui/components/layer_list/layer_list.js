// The layers of a network as a list that is also its drawing: order from top to bottom, branches on the rail at the left.
//
// data: { rows: [{name, kind, color, settings, shape, dimensions, parameters, share, inputs,
//                 problems: [{message, remedies}]}],
//         menu: the address of all layers, dark, selected, total: [problems of the whole], say }
// Sends one trigger, `act`: {do: "select" | "add" | "remove" | "up" | "down" | "duplicate" | "mend" | "undo" | "redo", …}.

import { FRAME } from "./frame.js";
import { fetched } from "./menu.js";

const LANE = 14;
const ICONS = {
  up: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  down: "M8 3v10M3.5 8.5 8 13l4.5-4.5",
  add: "M8 3v10M3 8h10",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  settings: "M2 5h12M2 11h12M5 3v4M11 9v4",
  gone: "M4 4l8 8M12 4l-8 8",
};
const views = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  view.send = (act) => component.setTriggerValue("act", { ...act, at: Date.now() });
  view.show(data);
  return () => view.rest();
}

class View {
  constructor(root) {
    this.root = root;
    this.frame = root.querySelector(".layers");
    this.frame.innerHTML = FRAME;
    this.list = this.frame.querySelector("ol");
    this.rail = this.frame.querySelector("svg.rail");
    this.live = this.frame.querySelector("[aria-live]");
    this.add = this.frame.querySelector(".add");
    this.palette = this.frame.querySelector(".palette");
    this.search = this.palette.querySelector("input");
    this.groups = this.palette.querySelector(".groups");
    this.none = this.palette.querySelector(".none");
    this.after = null;
    this.menu = [];
    this.add.onclick = () => this.open(this.data.selected);
    this.palette.querySelector(".close").onclick = () => this.close();
    this.search.oninput = () => this.filter();
    this.palette.onkeydown = (event) => this.paletteKey(event);
    this.list.onkeydown = (event) => this.listKey(event);
    this.seen = new ResizeObserver(() => this.draw());
    this.seen.observe(this.list);
  }

  rest() {} // the observer goes with the element

  show(data) {
    const focus = this.focused();
    const chosen = data.selected !== this.data?.selected ? data.selected : null;
    this.data = data;
    this.list.replaceChildren(...data.rows.map((row, number) => this.row(row, number)));
    this.whole();
    const filled = `${data.menu} ${data.dark}`;
    if (this.filled !== filled) {
      this.filled = filled;
      fetched(data.menu).then((menu) => this.fill(menu), () => (this.none.textContent = "The layers did not load. Load the page again."));
    }
    if (data.say && data.say !== this.said) this.live.textContent = this.said = data.say;
    if (focus) (this.at(chosen ?? focus.name) ?? this.list.querySelector(".main") ?? this.add)?.focus({ preventScroll: true });
    this.draw();
  }

  // Problems of no layer in particular stand above the list.
  whole() {
    const box = this.frame.querySelector(".whole");
    box.replaceChildren(...this.data.total.map((problem) => this.problem(problem, "")));
  }

  focused() {
    const here = this.root.activeElement ?? document.activeElement;
    const row = here?.closest?.("li[data-name]");
    return row && this.list.contains(row) ? { name: row.dataset.name } : null;
  }

  at(name) {
    return [...this.list.children].find((row) => row.dataset.name === name)?.querySelector(".main");
  }

  row(row, number) {
    const item = element("li", "row");
    item.dataset.name = row.name;
    if (row.name === this.data.selected) item.classList.add("selected");
    if (row.problems.length) item.classList.add("wrong");
    item.style.setProperty("--group", row.color);
    const main = element("button", "main");
    main.type = "button";
    main.title = this.about(row.kind);
    main.setAttribute("aria-current", String(row.name === this.data.selected));
    main.setAttribute("aria-label", spoken(row, number, this.data.rows.length));
    main.onclick = () => this.select(row.name);
    const words = element("span", "words");
    words.append(text("span", "kind", row.kind), text("span", "name", row.name), text("span", "settings", row.settings));
    const figures = element("span", "figures");
    figures.append(text("span", row.shape ? "shape" : "shape unknown", row.shape || "?"));
    const cost = element("span", "cost");
    cost.append(text("span", "parameters", row.parameters ? `${row.parameters.toLocaleString("en")} weights` : ""));
    const bar = element("span", "bar");
    bar.title = `${Math.round(100 * row.share)} % of the operations`;
    bar.hidden = row.share === 0;
    bar.style.setProperty("--share", `${Math.max(row.share > 0 ? 2 : 0, 100 * row.share)}%`);
    cost.append(bar);
    if (row.parameters || row.share) figures.append(cost);
    main.append(words, figures);
    item.append(main, this.tools(row, number));
    for (const problem of row.problems) item.append(this.problem(problem, row.name));
    return item;
  }

  tools(row, number) {
    const tools = element("div", "tools");
    const tool = (icon, label, act, off) => {
      const button = element("button", "tool");
      const drawn = shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
      drawn.append(shape("path", { d: ICONS[icon] }));
      button.append(drawn);
      button.type = "button";
      button.classList.add(`tool-${icon}`);
      button.title = label;
      button.setAttribute("aria-label", `${label}: ${row.name}`);
      button.tabIndex = row.name === this.data.selected ? 0 : -1;
      button.disabled = Boolean(off);
      button.onclick = act;
      tools.append(button);
    };
    tool("up", "Move up (Alt+↑)", () => this.send({ do: "up", node: row.name }), number === 0);
    tool("down", "Move down (Alt+↓)", () => this.send({ do: "down", node: row.name }), number === this.data.rows.length - 1);
    tool("add", "Add a layer after this one (A)", () => this.open(row.name));
    tool("copy", "Duplicate (Ctrl+D)", () => this.send({ do: "duplicate", node: row.name }));
    tool("settings", "Go to its settings", () => panel()?.scrollIntoView({ block: "start" }));
    tool("gone", "Remove (Delete)", () => this.send({ do: "remove", node: row.name }));
    return tools;
  }

  problem(problem, name) {
    const box = element("div", "problem");
    box.append(text("p", "", problem.message));
    const mends = element("div", "mends");
    problem.remedies.forEach((title, choice) => {
      const button = text("button", "mend", title);
      button.type = "button";
      button.onclick = () => this.send({ do: "mend", node: name, message: problem.message, choice });
      mends.append(button);
    });
    if (problem.remedies.length) box.append(mends);
    return box;
  }

  select(name) {
    for (const row of this.list.children) row.classList.toggle("selected", row.dataset.name === name);
    this.send({ do: "select", node: name });
  }

  listKey(event) {
    const name = event.target.closest("li")?.dataset.name;
    const rows = this.data.rows.map((row) => row.name);
    const here = rows.indexOf(name);
    const ctrl = event.ctrlKey || event.metaKey;
    const go = (place) => this.at(rows[Math.max(0, Math.min(rows.length - 1, place))])?.focus();
    const keys = {
      ArrowUp: () => (event.altKey ? this.send({ do: "up", node: name }) : go(here - 1)),
      ArrowDown: () => (event.altKey ? this.send({ do: "down", node: name }) : go(here + 1)),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Delete: () => this.send({ do: "remove", node: name }),
      Backspace: () => this.send({ do: "remove", node: name }),
    };
    let act = keys[event.key];
    const letter = event.key.toLowerCase();
    if (ctrl && letter === "z") act = () => this.send({ do: event.shiftKey ? "redo" : "undo" });
    if (ctrl && letter === "y") act = () => this.send({ do: "redo" });
    if (ctrl && letter === "d") act = () => this.send({ do: "duplicate", node: name });
    if (!ctrl && !event.altKey && (letter === "a" || event.key === "+")) act = () => this.open(name);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  // The palette: all layers by group, narrowed by typing; Enter takes the first.
  fill(menu) {
    this.menu = menu;
    for (const row of this.data.rows) this.at(row.name).title = this.about(row.kind);
    this.groups.replaceChildren(
      ...menu.map((group) => {
        const box = element("div", "group");
        box.style.setProperty("--group", group.color[Number(this.data.dark)]);
        box.append(text("h4", "", group.group));
        const chips = element("div", "chips");
        for (const layer of group.layers) {
          const chip = text("button", "chip", layer.kind);
          chip.type = "button";
          chip.title = layer.about;
          chip.dataset.words = `${layer.kind} ${group.group} ${layer.about}`.toLowerCase();
          chip.dataset.takes = (layer.dims ?? []).join(" ");
          chip.dataset.place = group.layers.indexOf(layer);
          chip.onclick = () => this.choose(layer.kind);
          chips.append(chip);
        }
        box.append(chips);
        return box;
      }),
    );
  }

  about(kind) {
    return this.menu.flatMap((group) => group.layers).find((layer) => layer.kind === kind)?.about ?? "";
  }

  open(after) {
    this.after = after ?? null;
    this.palette.hidden = false;
    this.add.setAttribute("aria-expanded", "true");
    const where = this.palette.querySelector(".where");
    where.textContent = this.after ? `Goes after ${this.after}` : "Goes at the end";
    this.search.value = "";
    this.filter();
    this.search.focus({ preventScroll: true });
    this.palette.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.palette.hidden = true;
    this.add.setAttribute("aria-expanded", "false");
    (this.at(this.after) ?? this.add).focus({ preventScroll: true });
  }

  choose(kind) {
    const after = this.after;
    this.close();
    this.send({ do: "add", kind, after });
  }

  filter() {
    const words = this.search.value.trim().toLowerCase();
    const rows = this.data.rows;
    const came = (rows.find((row) => row.name === this.after) ?? rows.at(-1))?.dimensions ?? null;
    let found = 0;
    for (const group of this.groups.children) {
      let here = 0;
      const chips = [...group.querySelectorAll(".chip")];
      for (const chip of chips) {
        chip.hidden = Boolean(words) && !chip.dataset.words.includes(words);
        const takes = chip.dataset.takes.split(" ").filter(Boolean).map(Number);
        chip.classList.toggle("unfit", came !== null && takes.length > 0 && !takes.includes(came));
        here += chip.hidden ? 0 : 1;
      }
      const place = (chip) => Number(chip.dataset.place) + 1000 * chip.matches(".unfit");
      group.querySelector(".chips").append(...chips.sort((one, other) => place(one) - place(other)));
      group.hidden = here === 0;
      found += here;
    }
    this.none.hidden = found > 0;
  }

  paletteKey(event) {
    const chips = [...this.groups.querySelectorAll(".chip")].filter((chip) => !chip.hidden);
    const here = chips.indexOf(this.root.activeElement ?? document.activeElement);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.search) {
      this.best(chips)?.click();
    } else if (event.key in steps && (event.target !== this.search || event.key === "ArrowDown")) {
      chips[Math.max(0, Math.min(chips.length - 1, here + steps[event.key]))]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // What Enter takes: a layer of exactly this name, else one that begins so, and of these one that can take what comes.
  best(chips) {
    const words = this.search.value.trim().toLowerCase();
    const rank = (chip) => {
      const name = chip.textContent.toLowerCase();
      return 4 * (name !== words) + 2 * !name.startsWith(words) + chip.matches(".unfit");
    };
    return [...chips].sort((one, other) => rank(one) - rank(other))[0];
  }

  // The rail: one dot a layer, a straight line to the next, and an arc in a lane of its own for every other edge.
  draw() {
    const rows = this.data?.rows ?? [];
    const place = new Map(rows.map((row, number) => [row.name, number]));
    const lanes = []; // each lane's last taken row
    const edges = rows.flatMap((row, to) =>
      row.inputs.map((name) => ({ from: place.get(name), to })).filter((edge) => edge.from !== undefined),
    );
    for (const edge of edges.filter((edge) => edge.to !== edge.from + 1)) {
      const [low, high] = [Math.min(edge.from, edge.to), Math.max(edge.from, edge.to)];
      const free = lanes.findIndex((taken) => taken <= low);
      edge.lane = free < 0 ? lanes.length : free;
      lanes[edge.lane] = high;
    }
    const width = 22 + LANE * lanes.length;
    this.frame.style.setProperty("--rail", `${width}px`);
    const spine = width - 12;
    const middle = [...this.list.children].map((row) => {
      const main = row.querySelector(".main");
      return row.offsetTop + main.offsetTop + main.offsetHeight / 2;
    });
    const parts = edges.map((edge) => {
      const [y1, y2] = [middle[edge.from], middle[edge.to]];
      if (edge.lane === undefined) return shape("path", { d: `M${spine} ${y1} V${y2}` });
      const x = spine - LANE * (edge.lane + 1);
      return shape("path", { class: "skip", d: `M${spine} ${y1} C${x} ${y1} ${x} ${y1} ${x} ${y1 + 16} V${y2 - 16} C${x} ${y2} ${x} ${y2} ${spine} ${y2}` });
    });
    const dots = rows.map((row, number) =>
      shape("circle", { cx: spine, cy: middle[number], r: 5, style: `fill:${row.color}` }),
    );
    this.rail.setAttribute("width", width);
    this.rail.setAttribute("height", this.list.offsetHeight);
    this.rail.replaceChildren(...parts, ...dots);
  }
}

// On a phone the settings lie below the list.
function panel() {
  return document.querySelector(".st-key-layer-panel");
}

function spoken(row, number, of) {
  const parts = [`Layer ${number + 1} of ${of}: ${row.kind}, ${row.name}`, row.settings];
  parts.push(row.shape ? `output ${row.shape}` : "output shape unknown");
  if (row.parameters) parts.push(`${row.parameters} weights`);
  if (row.inputs.length > 1) parts.push(`inputs ${row.inputs.join(" and ")}`);
  for (const problem of row.problems) parts.push(`Problem: ${problem.message}`);
  return parts.filter(Boolean).join(". ");
}

function element(tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
}

// Words between backticks are shown as code.
function text(tag, name, words) {
  const made = element(tag, name);
  String(words).split("`").forEach((part, number) => {
    if (number % 2 === 0) return made.append(part);
    const code = element("code");
    code.textContent = part;
    made.append(code);
  });
  return made;
}

function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
