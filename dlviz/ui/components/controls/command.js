// Sends a command to a run. What cannot be done comes back as {error: sentence}.

export async function command(address, name, payload = {}) {
  try {
    const answer = await fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, payload }),
    });
    const found = await answer.json();
    return answer.ok || found.error ? found : { error: `The server answered ${answer.status}. Try again.` };
  } catch {
    return { error: "The server cannot be reached. Is it still running?" };
  }
}
