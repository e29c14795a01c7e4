// What the list is drawn into.

export const FRAME = `
  <p class="spoken" aria-live="polite"></p>
  <div class="whole"></div>
  <div class="stage">
    <svg class="rail" aria-hidden="true"></svg>
    <ol aria-label="Layers of the network, in order"></ol>
  </div>
  <button type="button" class="add" aria-expanded="false">+ Add a layer</button>
  <div class="palette" role="group" aria-label="Choose a layer to add" hidden>
    <div class="top">
      <input type="search" placeholder="Search layers: conv, dropout, shape …" aria-label="Search layers" autocomplete="off">
      <button type="button" class="close" aria-label="Close the palette">×</button>
    </div>
    <p class="where"></p>
    <div class="groups"></div>
    <p class="none" hidden>No layer has such a name.</p>
  </div>`;
