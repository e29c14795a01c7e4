// One after the other: what two components tell the page in the same moment, Streamlit takes for one message, of one
// fragment, and the other's is lost.

const APART = 20; // milliseconds; Streamlit gathers for less

export function tell(say) {
  const now = performance.now(), at = Math.max(now, window.__dlviz_told_by ?? 0);
  window.__dlviz_told_by = at + APART;
  if (at === now) say();
  else setTimeout(say, at - now);
}
