// Single letters press buttons, wherever the focus is: not while one types, not while a dialog is open. In `menu`, where
// no choice begins with them, they do so, too.

export function listen(buttons, menu) {
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const [target] = event.composedPath(); // also within a component's shadow
    if (target !== menu && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)) return;
    if (document.querySelector("dialog[open], [role=dialog]:not(dialog, [hidden])")) return;
    const button = buttons[event.key.toLowerCase()];
    if (!button?.isConnected || button.disabled) return;
    event.preventDefault();
    button.click();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
