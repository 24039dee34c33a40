import type { Section } from './sections'

/**
 * A layout of justified rows: every row except the last of a section fills the width exactly.
 *
 * Stores only rows (about a quarter of the items). The boxes of a row are computed from the aspect ratios when the row
 * becomes visible. A million items need some 5 MB and are laid out in slices, so that no task takes long.
 */
export interface LayoutOptions {
  readonly width: number
  readonly rowHeight: number
  readonly gap: number
  readonly headerHeight: number
}

export interface Box {
  readonly position: number
  readonly x: number
  readonly width: number
}

const SLICE_ITEMS = 20_000
const MIN_CAPACITY = 256

export class JustifiedLayout {
  rowCount = 0
  height = 0
  private starts = new Uint32Array(MIN_CAPACITY)
  private tops = new Float64Array(MIN_CAPACITY)
  private heights = new Float64Array(MIN_CAPACITY)
  readonly sectionTops: Float64Array
  readonly total: number

  constructor(
    private readonly aspects: Uint16Array,
    readonly sections: readonly Section[],
    readonly options: LayoutOptions,
  ) {
    this.total = aspects.length
    this.sectionTops = new Float64Array(sections.length)
  }

  rowTop(row: number): number {
    return this.tops[row] ?? 0
  }

  rowHeight(row: number): number {
    return this.heights[row] ?? 0
  }

  rowStart(row: number): number {
    return row >= this.rowCount ? this.total : (this.starts[row] ?? 0)
  }

  rowEnd(row: number): number {
    return this.rowStart(row + 1)
  }

  /** The row of an item, -1 when there is none. */
  rowOf(position: number): number {
    return position < 0 || position >= this.total ? -1 : lastAtMost(this.starts, this.rowCount, position)
  }

  /** The last row that starts at or above `y`; 0 above the first. */
  rowAt(y: number): number {
    return Math.max(0, lastAtMost(this.tops, this.rowCount, y))
  }

  sectionAt(y: number): number {
    return Math.max(0, lastAtMost(this.sectionTops, this.sections.length, y))
  }

  boxes(row: number): Box[] {
    const boxes: Box[] = []
    const { width, gap } = this.options
    const end = this.rowEnd(row)
    let x = 0
    for (let position = this.rowStart(row); position < end; position++) {
      const itemWidth = Math.min(this.aspect(position) * this.rowHeight(row), width - x)
      boxes.push({ position, x, width: itemWidth })
      x += itemWidth + gap
    }
    return boxes
  }

  /** Lays out all items, and yields after each slice. */
  *slices(): Generator<void, void, void> {
    const { gap, headerHeight } = this.options
    let y = 0
    let sinceYield = 0
    for (const [index, section] of this.sections.entries()) {
      this.sectionTops[index] = y
      if (section.key !== '') y += headerHeight
      const end = Math.min(section.start + section.count, this.total)
      let position = section.start
      while (position < end) {
        const rowEnd = this.breakRow(position, end)
        const height = this.fitHeight(position, rowEnd, rowEnd === end)
        this.addRow(position, y, height)
        y += height + gap
        sinceYield += rowEnd - position
        position = rowEnd
        if (sinceYield >= SLICE_ITEMS) {
          sinceYield = 0
          this.height = y
          yield
        }
      }
    }
    this.height = Math.max(0, y - gap)
  }

  private aspect(position: number): number {
    const aspect = this.aspects[position] ?? 0
    return aspect === 0 ? 1 : aspect / 1000
  }

  /** The end of the row that starts at `start`: the break that comes closest to the target row height. */
  private breakRow(start: number, end: number): number {
    const { width, rowHeight, gap } = this.options
    let sum = 0
    for (let position = start; position < end; position++) {
      const before = sum
      sum += this.aspect(position)
      const count = position - start
      const height = (width - gap * count) / sum
      if (height > rowHeight) continue
      if (count === 0) return position + 1
      const taller = (width - gap * (count - 1)) / before
      return taller / rowHeight < rowHeight / Math.max(height, 1) ? position : position + 1
    }
    return end
  }

  private fitHeight(start: number, end: number, last: boolean): number {
    const { width, rowHeight, gap } = this.options
    let sum = 0
    for (let position = start; position < end; position++) sum += this.aspect(position)
    const fitZoom = Math.max(1, (width - gap * (end - start - 1)) / sum)
    return last ? Math.min(fitZoom, rowHeight) : fitZoom
  }

  private addRow(start: number, top: number, height: number): void {
    const row = this.rowCount
    if (row === this.starts.length) this.grow()
    this.starts[row] = start
    this.tops[row] = top
    this.heights[row] = height
    this.rowCount = row + 1
  }

  private grow(): void {
    const capacity = this.starts.length * 2
    const starts = new Uint32Array(capacity)
    const tops = new Float64Array(capacity)
    const heights = new Float64Array(capacity)
    starts.set(this.starts)
    tops.set(this.tops)
    heights.set(this.heights)
    this.starts = starts
    this.tops = tops
    this.heights = heights
  }
}

/** Index of the last of the first `length` ascending values that is at most `limit`, -1 when all are above. */
function lastAtMost(values: Uint32Array | Float64Array, length: number, limit: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

export function layoutNow(aspects: Uint16Array, sections: readonly Section[], options: LayoutOptions): JustifiedLayout {
  const layout = new JustifiedLayout(aspects, sections, options)
  const slices = layout.slices()
  while (slices.next().done !== true);
  return layout
}

const BUDGET_MS = 8

/** As `layoutNow`, but pauses after every `BUDGET_MS`. Resolves to null when aborted. */
export async function layoutInSlices(
  aspects: Uint16Array,
  sections: readonly Section[],
  options: LayoutOptions,
  signal: AbortSignal,
): Promise<JustifiedLayout | null> {
  const layout = new JustifiedLayout(aspects, sections, options)
  let startedAt = performance.now()
  const slices = layout.slices()
  while (slices.next().done !== true) {
    if (performance.now() - startedAt < BUDGET_MS) continue
    await nextTask()
    if (signal.aborted) return null
    startedAt = performance.now()
  }
  return signal.aborted ? null : layout
}

/** Waits for a macro task, not a micro task, so that the browser can paint and handle input. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => {
      channel.port1.close()
      resolve()
    }
    channel.port2.postMessage(null)
  })
}
