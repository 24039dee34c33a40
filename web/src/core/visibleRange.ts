import type { JustifiedLayout } from './justified'

export interface RowRange {
  readonly firstRow: number
  /** Exclusive. */
  readonly endRow: number
  readonly firstItem: number
  /** Exclusive. */
  readonly endItem: number
}

/** The visible rows, plus `overscan` pixels above and below. */
export function visibleRows(layout: JustifiedLayout, top: number, viewport: number, overscan: number): RowRange {
  if (layout.rowCount === 0) return { firstRow: 0, endRow: 0, firstItem: 0, endItem: 0 }
  const firstRow = layout.rowAt(top - overscan)
  const endRow = layout.rowAt(top + viewport + overscan) + 1
  return { firstRow, endRow, firstItem: layout.rowStart(firstRow), endItem: layout.rowStart(endRow) }
}

/** Browsers limit the height of an element to about 16.7 million device pixels. This leaves room for high pixel ratios. */
export const MAX_SCROLL_HEIGHT = 5_000_000

/** Near both ends, scrolling is one to one, so that the wheel reaches the very first and the very last row. */
const END_ZONE = 20_000

/** A scroll by more than this many viewports at once comes from the scroll bar, not from the wheel. */
const JUMP_VIEWPORTS = 3

/**
 * Maps the scroll box of the browser to taller virtual content.
 *
 * Small scrolls move the content one to one. Jumps go to the same fraction of the height. `base` is the difference between a
 * virtual `y` and the `y` in the scroll box. It does not change during small scrolls, so nothing is drawn again.
 */
export class ScrollMap {
  top = 0
  private scroll = 0
  private virtual = 0
  private viewport = 0

  constructor(private readonly maximum: number = MAX_SCROLL_HEIGHT) {}

  get base(): number {
    return this.top - this.scroll
  }

  get scrollHeight(): number {
    return Math.min(this.virtual, this.maximum)
  }

  get scrollTop(): number {
    return this.scroll
  }

  get viewportHeight(): number {
    return this.viewport
  }

  private get reach(): number {
    return Math.max(0, this.virtual - this.viewport)
  }

  private get scrollReach(): number {
    return Math.max(0, this.scrollHeight - this.viewport)
  }

  /** Returns the scroll position to set. */
  resize(virtual: number, viewport: number): number {
    this.virtual = virtual
    this.viewport = viewport
    return this.moveTo(this.top)
  }

  /** Updates the map for a new scroll position of the box. */
  scrolled(scroll: number): void {
    const delta = scroll - this.scroll
    this.scroll = clamp(scroll, this.scrollReach)
    if (this.virtual <= this.maximum) this.top = this.scroll
    else if (Math.abs(delta) <= this.viewport * JUMP_VIEWPORTS) this.top = clamp(this.top + delta, this.reach)
    else this.top = mapped(this.scroll, this.scrollReach, this.reach)
  }

  /** Whether the scroll box is at one of its ends while the content is not (or the other way round). */
  get stuck(): boolean {
    const atStart = this.scroll <= 0
    const atEnd = this.scroll >= this.scrollReach
    return atStart !== this.top <= 0 || atEnd !== this.top >= this.reach
  }

  /** Scrolls to a virtual `y`. Returns the scroll position to set. */
  moveTo(top: number): number {
    this.top = clamp(top, this.reach)
    this.scroll = this.virtual <= this.maximum ? this.top : Math.round(mapped(this.top, this.reach, this.scrollReach))
    return this.scroll
  }
}

/** Converts a scroll position from range `from` to range `to`: one to one in the end zones, linear in between. */
function mapped(value: number, from: number, to: number): number {
  const zone = Math.min(END_ZONE, from / 4, to / 4)
  if (value <= zone) return value
  if (value >= from - zone) return to - (from - value)
  return zone + ((value - zone) / (from - 2 * zone)) * (to - 2 * zone)
}

function clamp(value: number, high: number): number {
  return Math.min(Math.max(value, 0), high)
}
