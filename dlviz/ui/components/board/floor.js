// How far down the board can be seen: the page's bar with the main button may lie over its lower end.

/** The height of the board down to there, in pixels; its whole height where nothing lies over it. */
export function floor(root) {
  const { left, top, bottom, width } = root.getBoundingClientRect();
  const host = root.getRootNode().host ?? root;
  const seen = (y) => {
    const hit = document.elementFromPoint(left + width / 2, y);
    return hit && (hit === host || root.contains(hit));
  };
  for (let y = Math.min(bottom, innerHeight) - 2; y > top + 200; y -= 12) if (seen(y)) return y - top;
  return bottom - top;
}
