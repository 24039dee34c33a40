import { nextTick, onBeforeUpdate, onUpdated, ref, watch, type Ref, type ShallowRef } from 'vue'

import type { JustifiedLayout } from '../../core/justified'
import { stepFrom, type Step } from '../../core/navigate'
import type { MediaItem, ResultSource } from '../../core/types'
import { useMedia } from '../../stores/media'
import type { PagedColumns } from './useColumnPages'
import type { VirtualScroll } from './useVirtualScroll'

export interface GridFocus {
  readonly position: Ref<number>
  item(): MediaItem | null
  focus(position: number): Promise<void>
  step(step: Step): Promise<void>
}

/** The cell with the keyboard focus. Its row stays drawn even outside the view, so that the focus is never lost. */
export function useGridFocus(
  box: Ref<HTMLElement | null>,
  layout: ShallowRef<JustifiedLayout | null>,
  scroll: VirtualScroll,
  columns: PagedColumns,
  focusedId: Ref<number | null>,
  results: Ref<ResultSource | null>,
): GridFocus {
  const media = useMedia()
  const position = ref(0)

  function announce(): void {
    const item = columns.at(position.value)
    if (item !== null) focusedId.value = item.id
  }

  /** Scrolls to an item that was set from outside, without moving the keyboard focus. */
  async function findFocused(): Promise<void> {
    const id = focusedId.value
    if (id === null || results.value === null || columns.at(position.value)?.id === id) return
    const target = columns.positionOf(id) ?? (await positionIn(results.value, id))
    if (target === null || id !== focusedId.value) return
    position.value = target
    scroll.reveal(target)
  }

  async function positionIn(source: ResultSource, id: number): Promise<number | null> {
    try {
      return await media.position(source.token, id)
    } catch {
      // The results are gone or the server cannot be reached. Loading the items reports that; the focus stays.
      return null
    }
  }

  async function focus(target: number): Promise<void> {
    const total = layout.value?.total ?? 0
    if (total === 0) return
    position.value = Math.min(Math.max(target, 0), total - 1)
    scroll.reveal(position.value)
    announce()
    await nextTick()
    focusElement()
  }

  function hasKeyboard(): boolean {
    return box.value !== null && box.value.querySelector('[data-position]:focus') !== null
  }

  function focusElement(): void {
    box.value?.querySelector<HTMLElement>(`[data-position="${position.value}"]`)?.focus({ preventScroll: true })
  }

  /** When an update replaces or moves the focused element, the same cell gets the focus again. */
  let hadKeyboard = false
  onBeforeUpdate(() => {
    hadKeyboard = hasKeyboard()
  })
  onUpdated(() => {
    if (hadKeyboard && !hasKeyboard() && document.activeElement === document.body) focusElement()
  })

  /** The item of the focused cell may load after the cell got the focus; its id is known only then. */
  watch(columns.version, () => {
    const current = focusedId.value === null ? null : columns.positionOf(focusedId.value)
    if (current === null) {
      if (box.value?.contains(document.activeElement) === true) announce()
    } else position.value = current
  })
  watch(focusedId, findFocused, { immediate: true })
  watch(layout, (next, previous) => {
    if (next === null) return
    if (position.value >= next.total) position.value = Math.max(0, next.total - 1)
    if (previous === null) void findFocused()
  })

  return {
    position,
    item: () => columns.at(position.value),
    focus,
    step: async (step) => {
      if (layout.value !== null) await focus(stepFrom(layout.value, position.value, step, scroll.viewport.value))
    },
  }
}
