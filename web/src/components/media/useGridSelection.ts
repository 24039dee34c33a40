import { watch, type Ref } from 'vue'

import { idsOf } from '../../core/columnPages'
import { everything, isSelected, NOTHING, selectRange, toggleId, type Selection } from '../../core/selection'
import type { MediaItem, ResultSource } from '../../core/types'
import type { PagedColumns } from './useColumnPages'

export interface GridSelection {
  has(item: MediaItem | null): boolean
  toggle(item: MediaItem): void
  /** Selects everything between the anchor and a position. */
  extendTo(position: number): Promise<void>
  /** Selects a section, or deselects it when all of it is selected. */
  toggleRange(start: number, end: number): Promise<void>
  all(): void
  none(): void
}

export function useGridSelection(
  model: Ref<Selection>,
  results: Ref<ResultSource | null>,
  columns: PagedColumns,
): GridSelection {
  let anchorPosition: number | null = null
  let lastRange: number[] = []
  let latestRequest = 0
  /** The model updates one frame later; changes within that frame build on this value. */
  let latest = model.value
  watch(model, (value) => (latest = value), { flush: 'sync' })

  function select(selection: Selection): void {
    latest = selection
    model.value = selection
  }

  /** Ids of a range, from memory if loaded, else from the server. */
  async function ids(start: number, end: number): Promise<number[]> {
    const loaded: number[] = []
    for (let position = start; position < end; position++) {
      const item = columns.at(position)
      if (item === null) return results.value === null ? [] : idsOf(results.value, start, end)
      loaded.push(item.id)
    }
    return loaded
  }

  function anchorAt(): number | null {
    const { anchor } = latest
    return anchor === null ? null : (columns.positionOf(anchor) ?? anchorPosition)
  }

  async function extendTo(position: number): Promise<void> {
    const from = anchorAt()
    const item = columns.at(position)
    if (from === null) {
      if (item !== null) toggle(item)
      return
    }
    const request = ++latestRequest
    const range = await ids(Math.min(from, position), Math.max(from, position) + 1)
    if (request !== latestRequest) return
    select(selectRange(latest, range, lastRange))
    lastRange = range
  }

  function toggle(item: MediaItem): void {
    latestRequest++
    anchorPosition = item.position
    lastRange = []
    select(toggleId(latest, item.id))
  }

  async function toggleRange(start: number, end: number): Promise<void> {
    const request = ++latestRequest
    const range = await ids(start, end)
    if (request !== latestRequest) return
    const isFullySelected = range.every((id) => isSelected(latest, id))
    const next = new Set(latest.ids)
    for (const id of range) {
      if (isFullySelected === latest.all) next.add(id)
      else next.delete(id)
    }
    select({ all: latest.all, ids: next, anchor: range[0] ?? null })
    anchorPosition = start
    lastRange = []
  }

  return {
    has: (item) => item !== null && isSelected(model.value, item.id),
    toggle,
    extendTo,
    toggleRange,
    all: () => {
      latestRequest++
      select(everything(latest.anchor))
    },
    none: () => {
      latestRequest++
      lastRange = []
      select(NOTHING)
    },
  }
}
