// How the board speaks with the server: whole views are fetched, edits are posted one after the other.

/** What the server will not do, in its own words. */
export class Refused extends Error {}

/** Nobody answered: the server is gone, or the way to it. */
export class Away extends Error {}

export class Wire {
  constructor(address) {
    this.address = address;
    this.narrow = false; // whether it is to be drawn for the width of a telephone
  }

  get #drawn() {
    return this.narrow ? `${this.address}?narrow=1` : this.address;
  }

  /** The whole view: {rev, can, view}. */
  view() {
    return this.#asked(this.#drawn, {});
  }

  /** `ops` done to version `rev`: {rev, can, say, select, patch} or with a whole `view`. */
  post(rev, ops) {
    return this.#asked(this.#drawn, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ rev, ops }),
    });
  }

  /** What would mend the problems of the version shown now: {rev, problems: {path or role: […]}}. */
  remedies() {
    return this.#asked(`${this.address}/remedies`, {});
  }

  async #asked(address, how) {
    let answer;
    try {
      answer = await fetch(address, { cache: "no-store", credentials: "same-origin", ...how });
    } catch {
      throw new Away();
    }
    const known = (answer.headers.get("content-type") ?? "").startsWith("application/json");
    if (answer.status >= 500 || !known) throw new Away();
    let found;
    try {
      found = await answer.json();
    } catch {
      throw new Away();
    }
    if (!answer.ok) throw new Refused(found.error ?? "The server did not take this edit.");
    return found;
  }
}
