// Tunes one under the other, each a piano roll that plays.

import { music } from "../dlviz.shared/music.js";

const SHOWN = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-tunes"), now = JSON.stringify(component.data);
  if (SHOWN.get(root) !== now) { // a page that is drawn anew leaves a tune playing
    SHOWN.set(root, now);
    for (const old of root.children) old.end?.();
    root.replaceChildren(...component.data.tunes.map((tune) => music(tune, { label: tune.label, saved: tune.saved })));
  }
  return () => setTimeout(() => { if (!root.isConnected) for (const old of root.children) old.end?.(); });
}
