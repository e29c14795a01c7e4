// Plotly itself: loaded out of the installed package, and tried out before it is needed.

// Loaded once a page.
export function loaded(address) {
  window.dlvizPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { window.dlvizPlotly = undefined; reject(new Error(`${address} did not load`)); };
    document.head.appendChild(script);
  });
  return window.dlvizPlotly;
}

// Load and draw once, unseen, when the browser has nothing better to do: the first real chart then stands at once.
export function prepare(address) {
  if (window.dlvizPlotly) return;
  (window.requestIdleCallback ?? setTimeout)(async () => {
    const plotly = await loaded(address);
    const unseen = document.createElement("div");
    unseen.style.cssText = "position:fixed;left:-9999px;width:300px;height:200px";
    unseen.setAttribute("aria-hidden", "true");
    document.body.appendChild(unseen);
    await plotly.newPlot(unseen, [{ x: [0, 1], y: [0, 1], mode: "lines" }], {}, { displayModeBar: false });
    plotly.purge(unseen);
    unseen.remove();
  }, { timeout: 3000 });
}
