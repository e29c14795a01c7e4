// Music on a page: a piano roll that plays. Notes are [start, length, pitch, voice] in steps.

const SVG = "http://www.w3.org/2000/svg";
const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const OVERTONES = [1, 0.5, 0.25, 0.12, 0.06]; // as in datasets/synthesis.py
const ATTACK = 0.01, DECAY = 1.0, RELEASE = 0.08, RATE = 22050;
// The colours of runs in draw/palette.py: one a voice, light and dark.
const COLOURS = ["var(--voice-1)", "var(--voice-2)", "var(--voice-3)", "var(--voice-4)"];
let playing = null; // one tune at a time

export const pitchName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

// A figure: the roll, a button that plays, and links that save it where `saved` is a name.
export function music(tune, { label = "A tune", saved = "" } = {}) {
  const figure = make("figure", { class: "dlviz-music" }), seconds = lasts(tune);
  const drawn = roll(tune, label), button = make("button", { type: "button", class: "play" }, "▶ Play");
  if (!tune.notes.length) button.disabled = true;
  const player = new Player(tune, drawn, button);
  button.addEventListener("click", () => player.toggle());
  drawn.addEventListener("click", (event) => player.from((event.clientX - drawn.getBoundingClientRect().left) / drawn.getBoundingClientRect().width));
  const row = make("figcaption", {}, button, make("span", { class: "told" }, `${label} · ${tune.notes.length} ${tune.notes.length === 1 ? "note" : "notes"}, ${seconds.toFixed(0)} s`));
  if (saved && tune.notes.length) {
    if (tune.midi) row.append(make("a", { href: `data:audio/midi;base64,${tune.midi}`, download: `${saved}.mid` }, "Save as MIDI"));
    const wav = make("button", { type: "button" }, "Save as WAV");
    wav.addEventListener("click", () => save(tune, `${saved}.wav`));
    row.append(wav);
  }
  figure.append(drawn, row);
  figure.end = () => player.stop();
  return figure;
}

const second = (tune) => 60 / (tune.per_quarter * tune.tempo);
const steps = (tune) => tune.notes.reduce((most, [start, length]) => Math.max(most, start + length), 0);
const lasts = (tune) => steps(tune) * second(tune);

// Time to the right, pitch upwards; a bar is a note. What was given lies left of the dotted line.
function roll(tune, label) {
  const pitches = tune.notes.map((note) => note[2]), low = Math.min(...pitches, 72) - 1, high = Math.max(...pitches, 60) + 1;
  const width = Math.max(1, steps(tune)), height = high - low + 1;
  const svg = shape("svg", { viewBox: `0 0 1000 ${height * 8}`, preserveAspectRatio: "none", class: "roll", role: "img" });
  svg.setAttribute("aria-label", pitches.length ? `${label}: ${pitches.length} notes from ${pitchName(low + 1)} to ${pitchName(high - 1)}` : `${label}: no note`);
  const x = (step) => (1000 * step) / width, y = (pitch) => (high - pitch) * 8;
  for (let pitch = low; pitch <= high; pitch++) if ([1, 3, 6, 8, 10].includes(pitch % 12)) svg.append(shape("rect", { x: 0, y: y(pitch), width: 1000, height: 8, class: "black" }));
  for (let quarter = 0; quarter <= width; quarter += 4 * tune.per_quarter) svg.append(shape("line", { x1: x(quarter), x2: x(quarter), y1: 0, y2: height * 8, class: "bar" }));
  for (const [start, length, pitch, voice] of tune.notes) {
    const note = shape("rect", { x: x(start), y: y(pitch) + 0.8, width: Math.max(2, x(length) - 1.5), height: 6.4, rx: 1, fill: COLOURS[voice % 4], class: start < (tune.begun ?? 0) ? "note given" : "note" });
    note.append(shape("title", {}, pitchName(pitch)));
    svg.append(note);
  }
  if (tune.begun) svg.append(shape("line", { x1: x(tune.begun), x2: x(tune.begun), y1: 0, y2: height * 8, class: "begun" }));
  svg.cursor = shape("line", { x1: 0, x2: 0, y1: 0, y2: height * 8, class: "now", visibility: "hidden" });
  svg.append(svg.cursor);
  return svg;
}

class Player {
  constructor(tune, drawn, button) { Object.assign(this, { tune, drawn, button }); }

  toggle() { if (this.sound) this.stop(); else this.from(0); }

  from(share) {
    playing?.stop();
    if (!this.tune.notes.length) return;
    playing = this;
    this.sound = new AudioContext();
    const begin = share * lasts(this.tune);
    this.start = this.sound.currentTime + 0.05 - begin;
    this.left = sound(this.sound, this.tune, this.start, begin);
    this.button.textContent = "■ Stop";
    this.drawn.cursor.setAttribute("visibility", "visible");
    this.frame();
  }

  frame() {
    if (!this.sound) return;
    if (!this.drawn.isConnected) { this.stop(); return; }
    const share = (this.sound.currentTime - this.start) / lasts(this.tune);
    if (share >= 1.02) { this.stop(); return; }
    const at = 1000 * Math.min(1, Math.max(0, share));
    this.drawn.cursor.setAttribute("x1", at);
    this.drawn.cursor.setAttribute("x2", at);
    requestAnimationFrame(() => this.frame());
  }

  stop() {
    this.sound?.close();
    this.sound = null;
    if (playing === this) playing = null;
    this.button.textContent = "▶ Play";
    this.drawn.cursor.setAttribute("visibility", "hidden");
  }
}

// Let the notes sound in a context, the tune's beginning at the time `start`; those before `begin` are left out.
function sound(context, tune, start, begin = 0) {
  const wave = context.createPeriodicWave(new Float32Array(OVERTONES.length + 1), new Float32Array([0, ...OVERTONES]), { disableNormalization: true });
  const all = context.createGain();
  all.gain.value = 0.25 / Math.max(1, Math.sqrt(new Set(tune.notes.map((note) => note[3])).size));
  all.connect(context.destination);
  for (const [from, length, pitch] of tune.notes) {
    const at = from * second(tune), ends = (from + length) * second(tune);
    if (at < begin - 1e-6) continue;
    const tone = context.createOscillator(), loud = context.createGain();
    tone.setPeriodicWave(wave);
    tone.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    loud.gain.setValueAtTime(0, start + at);
    loud.gain.linearRampToValueAtTime(1, start + at + ATTACK);
    loud.gain.setTargetAtTime(0, start + at + ATTACK, DECAY);
    loud.gain.setTargetAtTime(0, start + ends, RELEASE / 4);
    tone.connect(loud).connect(all);
    tone.start(start + at);
    tone.stop(start + ends + RELEASE);
  }
}

// The tune as a WAV file, worked out by the browser.
async function save(tune, name) {
  const length = Math.ceil((Math.min(600, lasts(tune)) + 0.3) * RATE), context = new OfflineAudioContext(1, length, RATE);
  sound(context, tune, 0);
  const numbers = (await context.startRendering()).getChannelData(0), bytes = new DataView(new ArrayBuffer(44 + 2 * length));
  const text = (at, words) => [...words].forEach((letter, place) => bytes.setUint8(at + place, letter.charCodeAt(0)));
  const loudest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  text(0, "RIFF"); bytes.setUint32(4, 36 + 2 * length, true); text(8, "WAVEfmt ");
  for (const [at, number, size] of [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, RATE, 4], [28, 2 * RATE, 4], [32, 2, 2], [34, 16, 2]]) size === 4 ? bytes.setUint32(at, number, true) : bytes.setUint16(at, number, true);
  text(36, "data"); bytes.setUint32(40, 2 * length, true);
  numbers.forEach((x, place) => bytes.setInt16(44 + 2 * place, Math.round((29490 * x) / loudest), true));
  const address = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function shape(tag, options, words) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
  if (words) made.textContent = words;
  return made;
}

function make(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
