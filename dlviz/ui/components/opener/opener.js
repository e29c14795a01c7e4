// Takes a draft out of the address: `#draft=…` never reaches a server by itself.
//
// Sends the trigger `opened` with the packed text, once, and cleans the address.

const START = "#draft=";

export default function ({ setTriggerValue }) {
  const look = () => {
    if (!location.hash.startsWith(START)) return;
    const text = location.hash.slice(START.length);
    history.replaceState(history.state, "", location.pathname + location.search);
    setTriggerValue("opened", text);
  };
  look();
  addEventListener("hashchange", look);
  return () => removeEventListener("hashchange", look);
}
