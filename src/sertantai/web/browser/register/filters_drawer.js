// On a narrow screen the filters live in a drawer; on a wide one beside the table. They are the same ones.

import { openDialog } from "../dialog.js";
import { laws } from "../ticking/words.js";

export class FiltersDrawer {
  #dialog = document.getElementById("filters-drawer");
  #button = document.getElementById("open-filters");

  constructor() {
    this.#button.hidden = false;
    this.#button.addEventListener("click", () => this.#open());
  }

  follow() {
    const chips = document.querySelectorAll(".chips .chip:not(.is-plain)").length;
    const count = document.getElementById("filters-count");
    count.textContent = String(chips);
    count.hidden = chips === 0;
    document.getElementById("filters-total").textContent = laws(Number(document.getElementById("results").dataset.total));
  }

  async #open() {
    const place = document.createComment("the filters are in the drawer");
    const facets = document.getElementById("facets");
    facets.replaceWith(place);
    this.#dialog.querySelector(".filters-drawer-body").replaceChildren(facets);
    await openDialog(this.#dialog);
    // A change of view has replaced them while they were in the drawer; what has the name now goes back.
    place.replaceWith(document.getElementById("facets"));
  }
}
