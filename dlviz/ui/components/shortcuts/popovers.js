// The keyboard's way into a popover and out of it. Streamlit draws a popover at the end of the document, so that one
// would have to go through the whole page to reach what the button has just opened.

const BUTTON = '[data-testid="stPopoverButton"]', BODY = '[data-testid="stPopoverBody"]';
const FIELDS = "a[href], button, input, select, textarea, summary, [tabindex]";
const SOON = 2000; // milliseconds within which it stands there

export function popovers() {
  const clicked = (event) => {
    const button = event.target.closest?.(BUTTON);
    if (button && event.detail === 0) entered(button); // by the keyboard: a mouse counts its clicks
  };
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", typed);
  return () => {
    document.removeEventListener("click", clicked);
    document.removeEventListener("keydown", typed);
  };
}

const opened = () => document.querySelector(`${BUTTON}[aria-expanded="true"]`);

// The focus goes to the popover as a whole: what stands in it may still be on its way, or be out of reach from outside.
function entered(button, since = performance.now()) {
  const body = document.querySelector(BODY);
  if (body && opened() === button) return enter(body);
  if (performance.now() - since < SOON) requestAnimationFrame(() => entered(button, since));
}

function enter(body) {
  body.tabIndex = -1;
  body.style.outline = "none"; // the frame around it says enough
  body.focus({ preventScroll: true });
}

// Tab on the button goes in, on the last field it goes on behind the button, Shift+Tab on the first one back to it.
function typed(event) {
  const body = event.key === "Tab" && document.querySelector(BODY), button = body && opened();
  if (!button) return;
  const fields = [...body.querySelectorAll(FIELDS)].filter((each) => each.tabIndex >= 0 && !each.disabled && each.getClientRects().length);
  const at = document.activeElement;
  if (at === button && !event.shiftKey) {
    event.preventDefault();
    enter(body);
  } else if (event.shiftKey && (at === fields[0] || at === body)) {
    event.preventDefault();
    button.focus();
  } else if (!event.shiftKey && body.contains(at) && (at === fields.at(-1) || !fields.length)) button.focus(); // and on from there
}
