// Numbers, times and the spoken summary, as dlviz/ui/words.py says them.

export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)) return value.toExponential(1);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

export function duration(seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

// "Epoch 3 of 10 · about 12 s left · 14,200 examples per second"
export function progress(state) {
  const parts = [];
  const epoch = state.epochs ? `epoch ${Math.min(Math.floor(state.epoch ?? 0) + 1, state.epochs).toLocaleString("en-US")} of ${state.epochs.toLocaleString("en-US")}` : "";
  const done = state.epochs ? `${Math.floor(state.epoch ?? 0).toLocaleString("en-US")} of ${state.epochs.toLocaleString("en-US")} epochs` : "";
  const took = state.seconds ? `${duration(state.seconds)}` : "";
  switch (state.status) {
    case "queued": parts.push("Waiting for its turn"); break;
    case "starting":
      parts.push(state.doing || "starting");
      if (state.of) parts.push(`${Math.round((100 * state.done) / state.of)} %`);
      break;
    case "running":
      parts.push(epoch || "Training");
      if (state.doing) parts.push(state.doing);
      else if (state.seconds_left !== null && state.seconds_left !== undefined)
        parts.push(state.seconds_left < 2 ? "nearly done" : `about ${duration(state.seconds_left)} left`);
      if (state.examples_per_second) parts.push(`${number(Math.round(state.examples_per_second))} examples per second`);
      break;
    case "paused": parts.push(`Paused in ${epoch}`); break;
    case "finished": parts.push("Finished", done, took && `in ${took}`); break;
    case "stopped": parts.push("Stopped", done && `after ${done}`); break;
    case "failed": parts.push("Failed", done && `after ${done}`); break;
    case "interrupted": parts.push("Interrupted", done && `after ${done}`); break;
  }
  const text = parts.filter(Boolean).join(" · ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// What a curve does, in one sentence: "validation loss fell from 2.3 to 0.31, lowest at epoch 7".
export function told(name, curve) {
  const at = curve.y.map((value, i) => (value === null ? -1 : i)).filter((i) => i >= 0);
  if (!at.length) return `${name} has no finite value`;
  const first = curve.y[at[0]], last = curve.y[at.at(-1)];
  if (at.length === 1) return `${name} is ${number(last)}`;
  const lower = /loss|error/.test(name);
  const best = at.reduce((b, i) => ((lower ? curve.y[i] < curve.y[b] : curve.y[i] > curve.y[b]) ? i : b), at[0]);
  const moved = last < first ? "fell" : last > first ? "rose" : "stayed";
  return `${name} ${moved} from ${number(first)} to ${number(last)}, ${lower ? "lowest" : "highest"} at epoch ${number(curve.x[best])}`;
}
