// What the time slider is made of, and how it says where it stands.

const SPEEDS = [[2, "slowly"], [5, "normal speed"], [15, "fast"], [40, "very fast"]]; // stops a second

const PLAY = '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path class="if-still" d="M8 5v14l11-7z"/><path class="if-playing" d="M7 5h4v14H7zM13 5h4v14h-4z"/></svg>';
const FORK = '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d="M14 4l2.29 2.29-2.88 2.88 1.42 1.42 2.88-2.88L20 10V4zm-4 0H4v6l2.29-2.29 4.71 4.7V20h2v-8.41l-5.29-5.3z"/></svg>';

export function shell(root) {
  root.innerHTML = `
    <div class="way"><button class="play" title="Play through the past">${PLAY}</button>
      <div class="slider" role="slider" tabindex="0" aria-label="Time travel" aria-valuemin="0" aria-valuemax="0" aria-valuenow="0">
        <div class="rail"><canvas class="ticks" aria-hidden="true"></canvas><div class="gone"></div><div class="thumb"></div></div></div>
      <button class="now" aria-pressed="true" title="Follow the training (End)">Now</button></div>
    <div class="says"><span class="where"></span><span class="gap"></span>
      <select class="speed" aria-label="How fast to play">${SPEEDS.map(([pace, name]) => `<option value="${pace}">${name}</option>`).join("")}</select>
      <button class="fork">${FORK}Fork from here</button></div>`;
  const part = Object.fromEntries(["play", "slider", "rail", "now", "where", "speed", "fork"].map((name) => [name, root.querySelector(`.${name}`)]));
  part.speed.value = "5";
  const canvas = root.querySelector("canvas");
  part.ticks = (moments) => ticks(canvas, part.rail, moments);
  return part;
}

// A short stroke at each moment. Drawn: two hundred elements would be laid out at every change.
function ticks(canvas, rail, moments) {
  const { width } = rail.getBoundingClientRect(), ratio = devicePixelRatio || 1;
  const drawn = `${width}|${moments.length}|${moments.last}|${moments.steps[0]}`;
  if (!width || canvas.dataset.drawn === drawn) return;
  canvas.dataset.drawn = drawn;
  [canvas.width, canvas.height] = [width * ratio, 16 * ratio];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = getComputedStyle(rail).color;
  let before = -9;
  for (let index = 0; index <= moments.length; index++) {
    const x = Math.round(moments.share(index) * width);
    if (x - before < 3) continue;
    pen.fillRect(Math.min(x, width - 1), 4, 1, 8);
    before = x;
  }
}

export const grouped = (step) => Math.round(step).toLocaleString("en-US");

// "step 1,240, epoch 3.1"
export function place(step, epoch) {
  return `step ${grouped(step)}${Number.isFinite(epoch) ? `, epoch ${epoch >= 100 ? grouped(epoch) : epoch.toFixed(1)}` : ""}`;
}
