// Small drawings for the buttons.

const PATHS = {
  pause: "M5 3.5v9M11 3.5v9",
  resume: "M4.5 3v10l8-5z",
  again: "M3 8a5 5 0 1 0 1.6-3.7M3 2.8v2.6h2.6",
  step: "M4 3v10l6-5zM12.5 3v10",
  epoch: "M2.5 3v10l5-5zM7.5 3v10l5-5zM13.5 3v10",
  pace: "M8 13.5a5.5 5.5 0 1 1 5.5-5.5M8 8l2.6-2.6M11 12.5h3",
  stop: "M4 4h8v8H4z",
};

export function icon(name) {
  return `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${PATHS[name] ?? PATHS.resume}"/></svg>`;
}
