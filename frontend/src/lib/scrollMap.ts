/**
 * Maps a scroll bar of limited height onto a list that may be much taller. Browsers limit the height of an element
 * (Chromium: 2^25 device pixels), so a million rows do not fit into one. Small movements are applied one to one,
 * so that a wheel feels the same in any list; jumps of the scroll bar are mapped proportionally, so that both ends
 * are reached exactly. A list below the limit is mapped to itself.
 */
export class ScrollMap {
  /** Tallest spacer that every supported browser draws at three times scale, in CSS pixels. */
  static readonly limit = 8_000_000;
  // More than a screen and a half at once is a jump.
  static readonly jump = 1500;

  #height: number;
  #view: number;
  #top = 0;
  #offset = 0;

  /** `height` is the height of all rows, `view` the visible height, both in CSS pixels. */
  constructor(height: number, view: number) {
    this.#height = height;
    this.#view = view;
  }

  /** Height of the spacer element. */
  get spacer(): number {
    return Math.min(this.#height, ScrollMap.limit);
  }

  /** Position in the list, for the scroll position last told. */
  get offset(): number {
    return this.#offset;
  }

  /** How far the rows have to be moved up to stand right in the spacer. */
  get shift(): number {
    return this.#offset - this.#top;
  }

  resize(height: number, view: number): void {
    this.#height = height;
    this.#view = view;
    this.#offset = Math.min(this.#offset, Math.max(0, height - view));
  }

  /** Takes the element's scrollTop and answers the position in the list. */
  scrolled(top: number): number {
    const maxTop = Math.max(0, this.spacer - this.#view);
    const maxOffset = Math.max(0, this.#height - this.#view);
    const delta = top - this.#top;
    if (this.#height <= ScrollMap.limit) this.#offset = top;
    else if (top <= 0) this.#offset = 0;
    else if (top >= maxTop) this.#offset = maxOffset;
    else if (Math.abs(delta) > ScrollMap.jump) this.#offset = (top / maxTop) * maxOffset;
    else this.#offset = Math.min(maxOffset, Math.max(0, this.#offset + delta));
    this.#top = top;
    return this.#offset;
  }

  /** The scrollTop to set for a wanted position in the list; it becomes the current one. */
  moveTo(offset: number): number {
    const maxTop = Math.max(0, this.spacer - this.#view);
    const maxOffset = Math.max(0, this.#height - this.#view);
    this.#offset = Math.min(maxOffset, Math.max(0, offset));
    this.#top =
      this.#height <= ScrollMap.limit || maxOffset === 0
        ? this.#offset
        : Math.round((this.#offset / maxOffset) * maxTop);
    return this.#top;
  }
}
