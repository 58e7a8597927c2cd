// The rows that are in the page: those in view, and some around them so that whoever scrolls meets no
// gap. Of the others only the height is kept, as empty room above and below.

import { make } from "./dom.js";

const AROUND = 40; // rows above and below those in view
const NEAR = 10; // so close to the end of what is there, it moves on

export class Slice {
  items = []; // { key } is a row, { key, words } a line between rows
  from = 0;
  to = 0;
  heights = { row: 26, line: 22 };

  /** Show items in `body`, which `scroller` scrolls; `build(item)` returns an item's row, each time the same. */
  constructor(scroller, body, build) {
    Object.assign(this, { scroller, body, build });
    this.above = make("tr", { class: "room", "aria-hidden": "true" });
    this.below = this.above.cloneNode();
  }

  /** Return what is in the page. */
  get shown() {
    return this.items.slice(this.from, this.to);
  }

  /** Show another list, at the same place of the scroller. */
  show(items) {
    this.items = items;
    this.#draw(this.#firstInView());
  }

  /** After scrolling: bring what comes into view into the page; say whether anything had to change. */
  follow() {
    const first = this.#firstInView();
    const short = this.from > 0 && first - NEAR < this.from;
    const shortBelow = this.to < this.items.length && first + this.#inView() + NEAR > this.to;
    if (short || shortBelow) this.#draw(first);
    return short || shortBelow;
  }

  /** Bring the row of `key` into the page. */
  reveal(key) {
    const at = this.items.findIndex((item) => item.key === key);
    if (at < this.from || at >= this.to) this.#draw(at);
  }

  /** Draw what is around the item `at`; what is in its place already is not touched. */
  #draw(at) {
    this.from = Math.max(0, at - AROUND);
    this.to = Math.min(at + this.#inView() + AROUND, this.items.length);
    this.above.style.height = `${this.#heightOf(this.items.slice(0, this.from))}px`;
    this.below.style.height = `${this.#heightOf(this.items.slice(this.to))}px`;
    const rows = this.shown.map((item) => this.build(item));
    if (this.from > 0) rows.unshift(this.above);
    if (this.to < this.items.length) rows.push(this.below);
    const wanted = new Set(rows);
    for (const row of [...this.body.children]) if (!wanted.has(row)) row.remove();
    let place = this.body.firstElementChild;
    for (const row of rows) {
      if (row === place) place = place.nextElementSibling;
      else this.body.insertBefore(row, place);
    }
    this.#measure();
  }

  #measure() {
    const [row, line] = ["tr[data-key]", "tr.date"].map((name) => this.body.querySelector(name));
    if (row?.offsetHeight) this.heights.row = row.offsetHeight;
    if (line?.offsetHeight) this.heights.line = line.offsetHeight;
  }

  #inView() {
    return Math.ceil(this.scroller.clientHeight / this.heights.row);
  }

  #height(item) {
    return item.words === undefined ? this.heights.row : this.heights.line;
  }

  #heightOf(items) {
    return items.reduce((sum, item) => sum + this.#height(item), 0);
  }

  #firstInView() {
    let left = this.scroller.scrollTop;
    const at = this.items.findIndex((item) => (left -= this.#height(item)) < 0);
    return at < 0 ? Math.max(this.items.length - 1, 0) : at;
  }
}
