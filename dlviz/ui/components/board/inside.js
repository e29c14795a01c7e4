// Look inside: one example sent through the drawn networks, node by node; then its loss sent back.
//
// The server does it in one go (GET /dlviz/inside/<draft>); what is played here is only the order in which it is shown.

import { figure } from "./figure.js";
import { Strip } from "./insidebar.js";
import { Pictures } from "./pictures.js";

// milliseconds: until the server is asked again, until one that is away is, between two steps of the play
const AGAIN = 150, AWAY = 1000, BEAT = 420;

export function inside(board, host) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("./inside.css", import.meta.url) });
  board.root.before(sheet);
  new Inside(board, host);
}

class Inside {
  constructor(board, host) {
    Object.assign(this, { board, host });
    this.asked = 0;
    this.on = false;
    this.choice = { part: "validation", index: 0, run: "" };
    this.found = null;
    this.step = 0; // how many nodes are reached: forwards 0…n, then backwards n…2n
    this.pictures = new Pictures(board, host);
    this.strip = new Strip(board, host, {
      toggle: () => this.toggle(),
      choose: (choice) => this.choose(choice),
      go: (step) => this.go(step),
      play: () => this.play(),
    });
    board.addEventListener("view", ({ detail }) => this.on && !detail.assumed && !detail.remedies && this.#later());
    board.addEventListener("data", () => this.on && this.dark !== this.#dark() && this.look());
    board.addEventListener("ask", ({ detail }) => detail.what === "inside" && this.toggle());
  }

  toggle() {
    this.on = !this.on;
    this.strip.show(this.on);
    this.board.root.classList.toggle("looking", this.on);
    if (this.on) {
      this.#runs();
      this.look();
    } else {
      this.#stop();
      this.pictures.clear();
      this.found = null;
    }
  }

  choose(choice) {
    this.choice = { ...this.choice, ...choice };
    this.look();
  }

  /** Nodes in the order in which data flows; blocks that are open give way to what is in them. */
  order() {
    const { board } = this;
    return board.view.order.filter((path) => board.seen(path) && !board.nodes.get(path)?.block?.open);
  }

  async look() {
    const mine = ++this.asked;
    this.dark = this.#dark();
    const { part, index, run } = this.choice;
    const query = new URLSearchParams({ part, index: String(index), dark: this.dark ? "1" : "0" });
    if (run) query.set("run", run);
    this.query = query;
    this.strip.waits(true);
    for (let again = "&again=1"; ; again = "") {
      const answer = await fetched(`/dlviz/inside/${this.board.data.draft}?${query}${again}`);
      if (mine !== this.asked || !this.on) return;
      if (answer.status === "done") return this.#take(answer);
      if (answer.status === "failed" || answer.status === "cancelled") return this.#failed(answer.error);
      const away = answer.status === "away";
      if (away) this.#failed("The server does not answer. It is asked again.");
      await new Promise((done) => setTimeout(done, away ? AWAY : AGAIN));
      if (mine !== this.asked || !this.on) return;
    }
  }

  #take(found) {
    const through = !this.found || this.step === this.names.length; // all the way forwards: so it stays after an edit
    this.found = found;
    this.names = this.order();
    this.strip.waits(false);
    this.strip.told(found, this.names.length);
    this.pictures.query = this.query;
    if (through) this.go(this.names.length);
    else this.go(Math.min(this.step, 2 * this.names.length));
    const [name] = Object.keys(found.losses);
    this.board.say(`Example ${found.index + 1} of ${found.of} sent through. Loss ${figure(found.losses[name])}.`);
  }

  #failed(error) {
    this.found = null;
    this.strip.waits(false);
    this.strip.failed(error ?? "The example could not be sent through.");
    this.pictures.clear();
  }

  /** Show the state after `step` steps: up to n forwards, after that backwards. */
  go(step) {
    if (!this.found) return;
    const many = this.names.length;
    this.step = Math.max(0, Math.min(2 * many, step));
    const back = this.step > many;
    const reached = new Map();
    this.names.forEach((path, place) => {
      const fact = this.found.nodes[path];
      if (!fact) return;
      if (back && 2 * many - this.step <= place) reached.set(path, { picture: fact.grad, size: fact.gradient, back });
      else if (place < this.step || back) reached.set(path, { picture: fact.att ?? fact.out, size: null, back: false });
    });
    const here = back ? this.names[2 * many - this.step] : this.names[this.step - 1];
    this.pictures.show(reached, here, this.#scale(), this.found.nodes);
    if (here && this.step !== many) this.host.viewport.reveal(here);
    this.strip.at(this.step, here, back ? this.found.nodes[here]?.gradient : null);
    if (this.playing && this.step >= 2 * many) this.#stop();
  }

  play() {
    if (this.playing) return this.#stop();
    if (!this.found) return;
    if (this.step >= 2 * this.names.length) this.go(0);
    this.playing = setInterval(() => this.go(this.step + 1), BEAT);
    this.strip.plays(true);
  }

  #stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.strip.plays(false);
  }

  // The largest gradient at any node: the others are told as a share of it.
  #scale() {
    return Math.max(1e-30, ...this.names.map((path) => Number(this.found.nodes[path]?.gradient) || 0));
  }

  #later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.on && this.look(), 300);
  }

  async #runs() {
    const answer = await fetched(`/dlviz/inside/${this.board.data.draft}/runs`);
    if (this.on) this.strip.runs(answer.runs ?? []);
  }

  #dark() {
    return Boolean(this.board.data?.dark);
  }
}

async function fetched(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
    return await answer.json();
  } catch {
    return { status: "away" };
  }
}
