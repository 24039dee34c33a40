import { watch, type Ref } from 'vue'

import { idsOf } from '../../core/columnPages'
import { everything, isSelected, NOTHING, selectRange, toggleId, type Selection } from '../../core/selection'
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
  /** The model follows its owner, a frame later: what comes before then builds on this. */
  let latest = model.value
  watch(model, (value) => (latest = value), { flush: 'sync' })

  function choose(next: Selection): void {
    latest = next
    model.value = next
  }

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
    const mine = ++turn
    const range = await ids(Math.min(from, position), Math.max(from, position) + 1)
    if (mine !== turn) return
    choose(selectRange(latest, range, lastRange))
    lastRange = range
  }

  function toggle(item: MediaItem): void {
    turn++
    anchorPosition = item.position
    lastRange = []
    choose(toggleId(latest, item.id))
  }

  async function toggleRange(start: number, end: number): Promise<void> {
    const mine = ++turn
    const range = await ids(start, end)
    if (mine !== turn) return
    const full = range.every((id) => isSelected(latest, id))
    const chosen = new Set(latest.ids)
    for (const id of range) {
      if (full === latest.all) chosen.add(id)
      else chosen.delete(id)
    }
    choose({ all: latest.all, ids: chosen, anchor: range[0] ?? null })
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
      choose(everything(latest.anchor))
    },
    none: () => {
      turn++
      lastRange = []
      choose(NOTHING)
    },
  }
}
