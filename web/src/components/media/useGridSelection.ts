import type { Ref } from 'vue'

import { idsOf } from '../../core/columnPages'
import { everything, isSelected, NOTHING, ranged, toggled, type Selection } from '../../core/selection'
import type { MediaItem, ResultSource } from '../../core/types'
import type { PagedColumns } from './useColumnPages'

export interface GridSelection {
  has(item: MediaItem | null): boolean
  toggle(item: MediaItem): void
  /** Everything between the anchor and the item. */
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
  let turn = 0

  /** Ids of a range: from memory where it is loaded, else from the server. */
  async function ids(start: number, end: number): Promise<number[]> {
    const known: number[] = []
    for (let position = start; position < end; position++) {
      const item = columns.at(position)
      if (item === null) return results.value === null ? [] : idsOf(results.value, start, end)
      known.push(item.id)
    }
    return known
  }

  function anchorAt(): number | null {
    const { anchor } = model.value
    return anchor === null ? null : (columns.positionOf(anchor) ?? anchorPosition)
  }

  async function extendTo(position: number): Promise<void> {
    const from = anchorAt()
    const item = columns.at(position)
    if (from === null) {
      if (item !== null) toggle(item)
      return
    }
    const mine = ++turn
    const range = await ids(Math.min(from, position), Math.max(from, position) + 1)
    if (mine !== turn) return
    model.value = ranged(model.value, range, lastRange)
    lastRange = range
  }

  function toggle(item: MediaItem): void {
    turn++
    anchorPosition = item.position
    lastRange = []
    model.value = toggled(model.value, item.id)
  }

  async function toggleRange(start: number, end: number): Promise<void> {
    const mine = ++turn
    const range = await ids(start, end)
    if (mine !== turn) return
    const full = range.every((id) => isSelected(model.value, id))
    const chosen = new Set(model.value.ids)
    for (const id of range) {
      if (full === model.value.all) chosen.add(id)
      else chosen.delete(id)
    }
    model.value = { all: model.value.all, ids: chosen, anchor: range[0] ?? null }
    anchorPosition = start
    lastRange = []
  }

  return {
    has: (item) => item !== null && isSelected(model.value, item.id),
    toggle,
    extendTo,
    toggleRange,
    all: () => {
      turn++
      model.value = everything(model.value.anchor)
    },
    none: () => {
      turn++
      lastRange = []
      model.value = NOTHING
    },
  }
}
