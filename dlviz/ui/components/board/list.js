// Filled by the panels.

export function list() {}
