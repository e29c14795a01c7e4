// Filled by the panels.

export function code() {}
