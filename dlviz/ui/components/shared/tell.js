// One after the other: what two components tell the page in the same moment, Streamlit takes for one message, of one
// fragment, and the other's is lost.

const APART = 20; // milliseconds; Streamlit gathers for less

export function tell(say) {
  const queue = (window.__dlviz_tells ??= { waiting: [], busy: false });
  queue.waiting.push(say);
  if (!queue.busy) next(queue);
}

// The timer is set after Streamlit's own, so it comes after it however busy the browser is.
function next(queue) {
  const say = queue.waiting.shift();
  queue.busy = Boolean(say);
  if (!say) return;
  try { say(); } catch (error) { reportError(error); }
  setTimeout(() => next(queue), APART);
}
