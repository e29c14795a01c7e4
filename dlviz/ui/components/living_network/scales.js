// Colours as tables of 256, in the byte order of a canvas.

/** A table of stops [[0…1, "#RRGGBB"], …]. */
export function table(stops) {
  const made = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const at = byte / 255, next = Math.max(1, stops.findIndex(([place]) => place >= at));
    const [low, from] = stops[next - 1], [high, to] = stops[next];
    made[byte] = packed(mixed(rgb(from), rgb(to), (at - low) / (high - low)));
  }
  return made;
}

export function rgb(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

export function mixed(one, other, share) {
  return one.map((value, channel) => value + (other[channel] - value) * share);
}

export function packed([red, green, blue]) {
  return ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}

/** All tables of a palette for one ground. */
export class Colors {
  constructor(colors, dark) {
    const side = dark ? 1 : 0;
    this.dark = dark;
    this.diverging = table(colors.diverging[side]);
    this.sequential = table(colors.sequential[side]);
    this.classes = colors.classes.map((pair) => pair[side]);
    this.symbols = colors.symbols;
    this.ground = colors.grounds[side];
    this.groups = Object.fromEntries(Object.entries(colors.groups).map(([name, pair]) => [name, pair[side]]));
    this.gray = table([[0, "#000000"], [1, "#FFFFFF"]]); // a picture is what it is, on every ground
  }

  group(name) { return this.groups[name] ?? this.groups.shape; }
}
