// The row that steers a training. A press goes straight to the run (POST), and the answer says how it stands; the
// stream tells what others do to it. Streamlit hears of a new status, and of what only the page can do.

import { follow } from "../dlviz.shared/stream.js";
import { tell } from "../dlviz.shared/tell.js";
import { command } from "./command.js";
import { listen } from "./keys.js";
import { icon } from "./icons.js";

const rows = new WeakMap();
const WATCH = "watch"; // the pace at which the whole run takes some seconds
const grouped = (number) => (number < 10 ? String(number) : Math.round(number).toLocaleString("en-US"));
const ACTIVE = ["starting", "running", "paused"];
const ENDED = ["finished", "stopped", "failed", "interrupted"];
const AGAIN = 5, TOLD_BY = 4000; // how often the page is told of a new status at most, and milliseconds between
const DIALOG = "[data-testid=stDialog]";
const STEER = {
  pause: ["Pause", "pause", "Holds the training between two steps (P)."],
  resume: ["Resume", "resume", "Goes on from here (P)."],
};

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-controls");
  if (!rows.has(root)) rows.set(root, new Row(root));
  const row = rows.get(root);
  row.show(component);
  return () => setTimeout(() => root.isConnected || (row.end(), rows.delete(root)));
}

class Row {
  constructor(root) {
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Steer the training");
    root.innerHTML = `<div class="row"><button type="button" class="first"></button>
      <button type="button" class="step" title="One step, then it holds (S)">${icon("step")}<span>Step</span></button>
      <button type="button" class="epoch" title="To the end of this epoch, then it holds (E)">${icon("epoch")}<span>Epoch</span></button>
      <label class="pace" title="Slow motion: so many steps a second">${icon("pace")}<select aria-label="Slow motion"></select></label>
      <button type="button" class="stop" title="Ends the training and keeps what was learned so far">${icon("stop")}<span>Stop</span></button></div>
      <div class="line"><p class="stands" role="status"></p><button type="button" class="full" title="No slower than this machine can (F)" hidden>Full speed</button></div>`;
    this.root = root;
    [this.first, this.step, this.epoch, this.pace, this.stop, this.stands, this.full] =
      [".first", ".step", ".epoch", ".pace select", ".stop", ".stands", ".full"].map((name) => root.querySelector(name));
    this.first.onclick = () => this.pressFirst();
    this.step.onclick = () => this.send("step", { steps: 1 }, this.step);
    this.epoch.onclick = () => this.send("epoch", {}, this.epoch);
    this.stop.onclick = () => this.send("stop", {}, this.stop);
    this.pace.onchange = () => this.send("pace", this.pace.value === WATCH ? { seconds: this.data.watch } : { steps_per_second: this.pace.value ? Number(this.pace.value) : null }, this.pace);
    this.full.onclick = () => this.speedUp();
    this.deaf = listen({ p: this.first, s: this.step, e: this.epoch, f: this.full }, this.pace);
    this.state = {};
  }

  show({ data, setTriggerValue }) {
    const [other, restarted] = [data.run !== this.data?.run, data.status !== this.data?.status && !ENDED.includes(data.status)];
    this.tell = (name, value) => tell(() => setTriggerValue(name, value));
    if (!this.pace.options.length) {
      this.pace.append(...data.paces.map(([pace, words]) => new Option(words, pace ?? "")));
      if (data.watch) this.pace.options[0].after(new Option(`to watch: ${grouped(data.watch)} s in all`, WATCH));
    }
    this.data = data;
    this.status = data.status;
    if (other) {
      this.state = {};
      this.close?.();
      this.close = follow(data.stream, [data.run], { state: (state) => this.heard(state) });
    } else if (restarted) this.close.reopen();
    if (other || data.pace !== undefined) this.choosePace(data);
    this.draw();
  }

  heard(state) {
    [this.state, this.heardAt] = [state, performance.now()];
    if ("pace" in state && document.activeElement !== this.pace) this.choosePace({ pace: state.pace, paceSeconds: state.pace_seconds });
    this.becomes(state.status);
  }

  choosePace({ pace, paceSeconds }) {
    this.watched = Boolean(paceSeconds);
    const value = this.watched && this.data.watch ? WATCH : (pace ?? "");
    if (![...this.pace.options].some((each) => each.value === String(value))) this.pace.append(new Option(`${grouped(value)} steps a second`, value));
    this.pace.value = String(value);
  }

  // A new status: the row shows it at once, and the page around it a moment later.
  becomes(status) {
    const changed = status && status !== this.status;
    if (changed) [this.status, this.complaint] = [status, undefined]; // what was wrong in another status
    this.draw();
    if (changed && status !== this.data.status) this.report(AGAIN);
  }

  // The page is told until it has run: what a fragment tells in the same moment may push this aside.
  report(tries) {
    clearTimeout(this.reporting);
    if (!tries || this.status === this.data.status) return;
    if (document.querySelector(DIALOG)) { this.reporting = setTimeout(() => this.report(tries), 500); return; } // it would close
    this.tell("status", this.status);
    this.reporting = setTimeout(() => this.report(tries - 1), TOLD_BY);
  }

  draw() {
    const status = this.status, active = ACTIVE.includes(status);
    const { first } = this.data;
    const [label, sign, help] = active || status === "queued" || !first ? STEER[status === "paused" ? "resume" : "pause"] : [first.label, first.does === "again" ? "again" : "resume", first.help];
    if (this.drawn !== label + sign) this.first.innerHTML = `${icon(sign)}<span>${label}</span>`;
    this.drawn = label + sign;
    this.first.title = help;
    this.first.classList.toggle("main", status === "paused" || Boolean(!active && this.data.first?.main));
    this.first.disabled = status === "starting" || status === "queued" || (!active && !this.data.first);
    const steers = status === "running" || status === "paused";
    for (const each of [this.step, this.epoch, this.pace]) each.disabled = !steers;
    this.stop.disabled = !active && status !== "queued";
    this.full.hidden = !(this.watched && steers);
    this.full.disabled = this.full.hidden;
    if (!this.complaint) this.stands.textContent = this.told();
    this.stands.classList.toggle("wrong", Boolean(this.complaint));
  }

  told() {
    const { step, steps, epoch } = this.state;
    if (!steps || step === undefined || step === null) return "";
    return `${this.status === "paused" ? "Held after step" : "Step"} ${grouped(step)} of ${grouped(steps)}${epoch ? ` · ${grouped(Math.floor(epoch))} ${Math.floor(epoch) === 1 ? "epoch" : "epochs"} done` : ""}${this.full.hidden ? "" : " · slowed down so that you can watch it"}`;
  }

  // The button is gone with it: the keyboard's focus goes to where the pace is chosen.
  speedUp() {
    if (document.activeElement === this.full) this.pace.focus();
    this.send("pace", { steps_per_second: null }, this.full);
  }

  pressFirst() {
    if (this.status === "running") this.send("pause", {}, this.first);
    else if (this.status === "paused") this.send("resume", {}, this.first);
    else if (this.data.first) this.tell("wanted", this.data.first.does);
  }

  async send(name, payload, pressed) {
    pressed.setAttribute("aria-busy", "true");
    const sent = performance.now();
    const answer = await command(this.data.command, name, payload);
    pressed.removeAttribute("aria-busy");
    this.complaint = answer.error;
    if (answer.error) this.stands.textContent = answer.error;
    else if (name === "pace") this.choosePace({ pace: payload.steps_per_second, paceSeconds: payload.seconds });
    // the run may have stopped again before its answer came: the stream has told so, and tells it once
    if (this.heardAt > sent && this.state.status === "paused" && this.state.step >= answer.step) return this.becomes("paused");
    for (const each of answer.error ? [] : ["step", "epoch"]) this.state[each] = answer[each] ?? this.state[each];
    this.becomes(answer.status);
  }

  end() {
    this.close?.();
    clearTimeout(this.reporting);
    this.deaf();
  }
}
