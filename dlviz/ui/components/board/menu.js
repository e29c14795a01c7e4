// The menu of all layers, fetched once however many lists ask for it.

const asked = new Map();

export function fetched(address) {
  if (!asked.has(address)) {
    const answer = fetch(address).then((found) => (found.ok ? found.json() : Promise.reject(new Error(`${address} did not load`))));
    answer.catch(() => asked.delete(address));
    asked.set(address, answer);
  }
  return asked.get(address);
}
