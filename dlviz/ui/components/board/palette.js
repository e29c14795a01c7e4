// Filled by the panels.

export function palette() {}
