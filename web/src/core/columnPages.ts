import { KINDS, type Columns, type MediaItem, type ResultSource } from './types'

export interface ColumnPagesOptions {
  readonly pageSize: number
  /** How many pages stay in memory. */
  readonly maxPages: number
  /** Called after a page has loaded (`null`) or failed. */
  readonly changed: (error: unknown) => void
}

const DEFAULTS = { pageSize: 250, maxPages: 120 }

interface Page {
  readonly columns: Columns
  /** Created on first access, so that an item stays the same object. */
  readonly items: (MediaItem | null)[]
}

/** The items on or near the screen, loaded in pages. Aborts requests for pages that are scrolled away and drops the oldest pages. */
export class ColumnPages {
  private readonly pages = new Map<number, Page>()
  private readonly loading = new Map<number, AbortController>()
  private readonly positions = new Map<number, number>()
  private readonly options: ColumnPagesOptions
  private closed = false

  constructor(
    private readonly source: ResultSource,
    options: Partial<ColumnPagesOptions> & Pick<ColumnPagesOptions, 'changed'>,
  ) {
    this.options = { ...DEFAULTS, ...options }
  }

  get pending(): number {
    return this.loading.size
  }

  /** Loads the items from `first` up to `end` (exclusive) and aborts all other requests. */
  request(first: number, end: number): void {
    if (this.closed) return
    const { pageSize } = this.options
    const firstPage = Math.floor(Math.max(0, first) / pageSize)
    const lastPage = Math.floor(Math.max(0, Math.min(end, this.source.total) - 1) / pageSize)
    for (const [page, controller] of this.loading) {
      if (page >= firstPage && page <= lastPage) continue
      controller.abort()
      this.loading.delete(page)
    }
    for (let page = firstPage; page <= lastPage; page++) this.touch(page)
  }

  at(position: number): MediaItem | null {
    const { pageSize } = this.options
    const page = this.pages.get(Math.floor(position / pageSize))
    if (page === undefined) return null
    const index = position - page.columns.start
    return (page.items[index] ??= itemAt(page.columns, index))
  }

  /** Position of an item, null when its page is not loaded. */
  positionOf(id: number): number | null {
    return this.positions.get(id) ?? null
  }

  close(): void {
    this.closed = true
    for (const controller of this.loading.values()) controller.abort()
    this.loading.clear()
  }

  private touch(page: number): void {
    const loaded = this.pages.get(page)
    if (loaded !== undefined) {
      this.pages.delete(page)
      this.pages.set(page, loaded)
    } else if (!this.loading.has(page) && page * this.options.pageSize < this.source.total) {
      void this.load(page)
    }
  }

  private async load(page: number): Promise<void> {
    const controller = new AbortController()
    this.loading.set(page, controller)
    const start = page * this.options.pageSize
    const count = Math.min(this.options.pageSize, this.source.total - start)
    try {
      const columns = await this.source.columns(start, count, controller.signal)
      if (controller.signal.aborted) return
      this.loading.delete(page)
      this.store(page, columns)
      this.options.changed(null)
    } catch (error) {
      if (controller.signal.aborted) return
      this.loading.delete(page)
      this.options.changed(error)
    }
  }

  private store(page: number, columns: Columns): void {
    this.pages.set(page, { columns, items: [] })
    for (const [index, id] of columns.id.entries()) this.positions.set(id, columns.start + index)
    while (this.pages.size > this.options.maxPages) {
      const oldest = this.pages.entries().next().value
      if (oldest === undefined) return
      this.pages.delete(oldest[0])
      for (const id of oldest[1].columns.id) this.positions.delete(id)
    }
  }
}

function itemAt(page: Columns, index: number): MediaItem | null {
  const id = page.id[index]
  if (id === undefined) return null
  return {
    position: page.start + index,
    id,
    width: page.w[index] ?? 0,
    height: page.h[index] ?? 0,
    time: page.time[index] ?? 0,
    kind: KINDS[page.kind[index] ?? 0] ?? 'image',
    thumbhash: page.thumbhash[index] ?? null,
    rating: page.rating?.[index] ?? 0,
    flag: page.flag?.[index] ?? 0,
  }
}

const MAX_PER_REQUEST = 2_000

/** The ids of a range, fetched in as many requests as necessary. */
export async function idsOf(source: ResultSource, start: number, end: number, signal?: AbortSignal): Promise<number[]> {
  const ids: number[] = []
  for (let at = start; at < end; at += MAX_PER_REQUEST) {
    const columns = await source.columns(at, Math.min(MAX_PER_REQUEST, end - at), signal)
    for (const id of columns.id) ids.push(id)
  }
  return ids
}
