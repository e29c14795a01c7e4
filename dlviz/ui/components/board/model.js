// What the board knows: the view that the server sent, what is selected, and the queue of edits on their way.

import { fetched } from "./menu.js";
import { NOTHING, patched, readers, whole } from "./patch.js";
import { scopeOf, whyNot, within } from "./walk.js";
import { Away, Refused, Wire } from "./wire.js";

const TELL_AFTER = 250, TRY_AGAIN = 2000; // milliseconds
const SLIM = 560; // pixels: narrower, the server draws in short rows

/**
 * Events: "view" {changed: Set, gone: [], all}, "selection", "menu", "data", "ask" {what, …}, "state" {away, waiting, error}.
 * Edits are sent one after the other, each against the version that the one before gave.
 */
export class Board extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.host = null;
    this.data = null;
    this.view = NOTHING;
    this.rev = null;
    this.can = { undo: false, redo: false };
    this.menu = [];
    this.selection = new Set();
    this.focus = null;
    this.edge = null; // the chosen edge, as [from, to]; then no node is selected
    this.ending = new AbortController();
    this.state = { away: false, waiting: 0, error: "" };
    this.loaded = false;
    this.colors = new Map();
    this.queue = [];
    this.timers = {}; // of what is tried again
    this.own = []; // versions that this board's edits gave, from the one that the page around shows on
    this.asked = 0; // counts what makes a view that is still on its way out of date
    this.readersOf = new Map();
  }

  /** For listeners outside the board: they end with it. */
  get signal() {
    return this.ending.signal;
  }

  /** The board has left the page. */
  end() {
    this.ending.abort();
    for (const timer of [...Object.values(this.timers), this.telling]) clearTimeout(timer);
  }

  get nodes() {
    return this.view.nodes;
  }

  /** Whether the board is as narrow as a telephone. */
  get slim() {
    return this.root.clientWidth > 0 && this.root.clientWidth < SLIM;
  }

  /** The board has another width: what was drawn for a narrow one is drawn anew for a wide one, and the other way. */
  fitted() {
    if (this.loaded && this.root.clientWidth && this.slim !== this.wire.narrow && !this.queue.length) this.load();
  }

  /** What Streamlit says now; `tell` passes a trigger back to the page. */
  show(data, tell) {
    this.tell = tell;
    const before = this.data;
    this.data = data;
    this.root.dataset.page = data.rev; // a script that drives the page can see of which version it tells
    if (before?.menu !== data.menu || before?.dark !== data.dark) this.#readMenu();
    if (before?.draft !== data.draft) {
      this.wire = new Wire(data.address ?? `/dlviz/board/${data.draft}`);
      [this.queue, this.own, this.rev] = [[], [], null];
      this.load();
    } else if (this.own.includes(data.rev)) {
      this.own.splice(0, this.own.indexOf(data.rev)); // the page is slower than the hand: it may show an earlier one
    } else if (data.rev !== (this.rev ?? before.rev) && !this.queue.length) {
      this.load();
    }
    this.#emit("data");
  }

  async #readMenu() {
    try {
      this.menu = await fetched(this.data.menu);
    } catch {
      return this.fail("The layers did not load. Load the page again.");
    }
    for (const group of this.menu.groups ?? this.menu) this.colors.set(group.group, group.color);
    this.#emit("menu");
  }

  /** The colour of a group of layers on the present ground. */
  color(group) {
    const pair = this.colors.get(group);
    return pair ? pair[Number(Boolean(this.data?.dark))] : "var(--faint)";
  }

  /** Fetch the whole view anew. */
  async load() {
    const { draft } = this.data, mine = ++this.asked;
    this.wire.narrow = this.slim;
    try {
      const answer = await this.wire.view();
      if (draft !== this.data.draft) return;
      this.#here();
      if (mine !== this.asked) return; // it was asked for again, or an edit's answer has shown what is newer
      this.own = [];
      this.#take(answer);
    } catch (error) {
      if (error instanceof Away) {
        this.#away();
        this.#later("load", () => this.load());
      } else if (error instanceof Refused) this.fail(error.message);
      else throw error;
    }
  }

  /** Send edits as one step that can be undone. Resolves to the server's answer, or null where it was refused. */
  send(...ops) {
    return new Promise((done) => {
      this.queue.push({ ops, done });
      this.#change({ waiting: this.queue.length });
      if (this.queue.length === 1) this.#next();
    });
  }

  /** Give up the edits that wait for a server that is away, and show what it had last. */
  forget() {
    const given = this.queue.splice(0);
    clearTimeout(this.timers.send);
    given.forEach(({ done }) => done(null));
    this.#change({ waiting: 0 });
    this.load();
  }

  async #next() {
    const [first] = this.queue;
    if (!first) return;
    try {
      const answer = await this.wire.post(this.rev, first.ops);
      if (this.queue[0] !== first) return; // given up meanwhile
      this.queue.shift();
      this.#here({ error: "" });
      this.own.push(answer.rev);
      this.asked += 1;
      this.#take(answer);
      this.#tellPage();
      first.done(answer);
    } catch (error) {
      if (this.queue[0] !== first) return;
      if (error instanceof Away) {
        this.#away();
        return this.#later("send", () => this.#next());
      }
      this.queue.shift();
      first.done(null);
      this.#here({});
      if (!(error instanceof Refused)) throw error;
      this.fail(error.message);
      await this.load();
    }
    this.#next();
  }

  #take(answer) {
    this.rev = answer.rev;
    this.root.dataset.rev = answer.rev;
    this.can = answer.can ?? this.can;
    if (answer.view) {
      const { view, gone } = whole(this.view, answer.view);
      this.view = view;
      this.#changed(new Set(view.nodes.keys()), gone, true);
    } else if (answer.patch) {
      this.view = patched(this.view, answer.patch);
      this.#changed(new Set(Object.keys(answer.patch.nodes ?? {})), answer.patch.gone ?? [], false);
    } else this.#emit("state", this.state);
    const here = (answer.select ?? []).filter((path) => this.nodes.has(path));
    if (here.length) {
      const known = this.selection.has(here[0]);
      this.select(here, { focus: here[0] });
      if (!known) this.#emit("reveal", { path: here[0] });
    }
    if (answer.say) this.say(answer.say);
    this.#mend();
  }

  // Remedies come a moment after the shapes: the server tries each of them.
  async #mend() {
    const broken = [...this.nodes.values(), ...Object.values(this.view.roles)].some((each) => each.problems?.length);
    if (!broken) return;
    let found;
    try {
      found = await this.wire.remedies();
    } catch {
      return; // the problems stand there without; the next edit asks again
    }
    if (found.rev !== this.rev) return;
    const changed = new Set();
    for (const [path, problems] of Object.entries(found.problems)) {
      if (this.nodes.has(path)) this.nodes.set(path, { ...this.nodes.get(path), problems });
      else if (path in this.view.roles) this.view.roles[path] = { ...this.view.roles[path], problems };
      changed.add(path);
    }
    this.#emit("view", { changed, gone: [], all: false, remedies: true });
  }

  #changed(changed, gone, all) {
    this.loaded = true;
    this.readersOf = readers(this.nodes);
    const left = [...this.selection].filter((path) => this.nodes.has(path));
    const lost = left.length !== this.selection.size || (this.focus && !this.nodes.has(this.focus));
    if (lost) {
      this.selection = new Set(left);
      if (!this.nodes.has(this.focus)) this.focus = left[0] ?? null;
    }
    this.#emit("view", { changed, gone, all });
    if (lost) this.#emit("selection");
  }

  /** Put changes into the shown view before the server has them: its answer stands above them. */
  assume(changes) {
    for (const [path, change] of Object.entries(changes)) this.nodes.set(path, { ...this.nodes.get(path), ...change });
    this.#emit("view", { changed: new Set(Object.keys(changes)), gone: [], all: false, assumed: true });
  }

  /** Select `paths` (or, with `add`, change whether each is selected); `focus` is the one that keys act on. */
  select(paths, { focus, add = false } = {}) {
    const wanted = [...paths].filter((path) => this.nodes.has(path));
    if (!add) this.selection = new Set(wanted);
    else for (const path of wanted) this.selection.has(path) ? this.selection.delete(path) : this.selection.add(path);
    if (focus !== undefined) this.focus = focus;
    else if (!this.selection.has(this.focus)) this.focus = wanted.at(-1) ?? this.focus;
    this.#emit("selection");
  }

  /**
   * Add `what` ({kind} or {block}) at `place` ({after, edge, at, scope, reads}); without a place, on the chosen edge or
   * after the focused node. What the place `reads` keeps its other readers.
   */
  add({ kind, block, settings }, place = {}) {
    const named = ["after", "edge", "at", "scope", "reads"].some((key) => place[key] !== undefined);
    if (!named && this.edge) return this.send({ do: "add", ...(block ? { block } : { kind }), settings, edge: this.edge });
    const after = named ? undefined : (this.focus ?? this.view.order.filter((path) => !this.inBlock(path)).at(-1));
    const scope = this.view.order.length ? undefined : Object.keys(this.view.roles)[0];
    return this.send({ do: "add", ...(block ? { block } : { kind }), settings, after, scope, ...place });
  }

  /** Ask the panels for something: "add", "settings", "inside", "help". */
  ask(what, detail = {}) {
    this.#emit("ask", { what, ...detail });
  }

  /** Tell a screen reader. The same sentence twice is spoken twice. */
  say(text) {
    const { live } = this.host ?? {};
    text = text.replaceAll("`", ""); // marks of code, which a voice would read out
    if (live) live.textContent = live.textContent === text ? `${text}\u00a0` : text;
  }

  /** Show a sentence about what could not be done, and speak it. */
  fail(text) {
    this.#change({ error: text });
    this.say(text);
  }

  readers(path) {
    return this.readersOf.get(path) ?? [];
  }

  name(path) {
    return path.slice(path.lastIndexOf(".") + 1);
  }

  scope(path) {
    return this.nodes.get(path)?.parent ?? scopeOf(path);
  }

  inBlock(path) {
    return !(this.scope(path) in this.view.roles);
  }

  /** Whether all blocks around `path` are open, so that it can be seen. */
  seen(path) {
    return within(this, path).every((block) => this.nodes.get(block)?.block?.open);
  }

  #tellPage() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell?.("edited", { rev: this.rev }), TELL_AFTER);
  }

  #here(also = {}) {
    this.#change({ away: false, waiting: this.queue.length, ...also });
  }

  #away() {
    this.#change({ away: true, waiting: this.queue.length });
  }

  #later(name, act) {
    clearTimeout(this.timers[name]);
    if (!this.signal.aborted) this.timers[name] = setTimeout(act, TRY_AGAIN);
  }

  #change(changes) {
    const same = Object.entries(changes).every(([key, value]) => this.state[key] === value);
    if (same) return;
    this.state = { ...this.state, ...changes };
    this.root.dataset.waiting = this.state.waiting;
    this.#emit("state", this.state);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
