// Filled by the panels.

export function inspector() {}
