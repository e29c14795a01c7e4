// Figures as people read them.

/** 0.0123, 4.2, 1.3e-7. */
export function figure(number) {
  if (number === undefined || number === null) return "";
  const value = Number(number);
  if (!Number.isFinite(value)) return String(number);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
