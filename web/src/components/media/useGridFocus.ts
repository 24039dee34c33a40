import { nextTick, onBeforeUpdate, onUpdated, ref, watch, type Ref, type ShallowRef } from 'vue'

import type { JustifiedLayout } from '../../core/justified'
import { stepFrom, type Step } from '../../core/navigate'
import type { MediaItem, ResultSource } from '../../core/types'
import { useMediaAccess } from './mediaApi'
import type { PagedColumns } from './useColumnPages'
import type { VirtualScroll } from './useVirtualScroll'

export interface GridFocus {
  readonly position: Ref<number>
  item(): MediaItem | null
  focus(position: number): Promise<void>
  step(step: Step): Promise<void>
}

/** The one cell that takes the keyboard. Its row stays drawn wherever the view is, so that the focus is never lost. */
export function useGridFocus(
  box: Ref<HTMLElement | null>,
  layout: ShallowRef<JustifiedLayout | null>,
  scroll: VirtualScroll,
  columns: PagedColumns,
  focusedId: Ref<number | null>,
  results: Ref<ResultSource | null>,
): GridFocus {
  const access = useMediaAccess()
  const position = ref(0)

  function announce(): void {
    const item = columns.at(position.value)
    if (item !== null) focusedId.value = item.id
  }

  /** An item named from outside: shown, without taking the keyboard away from where it is. */
  async function findFocused(): Promise<void> {
    const id = focusedId.value
    if (id === null || results.value === null || columns.at(position.value)?.id === id) return
    const found = columns.positionOf(id) ?? (await positionIn(results.value, id))
    if (found === null || id !== focusedId.value) return
    position.value = found
    scroll.reveal(found)
  }

  async function positionIn(source: ResultSource, id: number): Promise<number | null> {
    try {
      return await access.position(source.token, id)
    } catch {
      // The results are gone or the server is away: loading the records says so, the focus just stays.
      return null
    }
  }

  async function focus(wanted: number): Promise<void> {
    const total = layout.value?.total ?? 0
    if (total === 0) return
    position.value = Math.min(Math.max(wanted, 0), total - 1)
    scroll.reveal(position.value)
    announce()
    await nextTick()
    take()
  }

  function hasKeyboard(): boolean {
    return box.value !== null && box.value.querySelector('[data-position]:focus') !== null
  }

  function take(): void {
    box.value?.querySelector<HTMLElement>(`[data-position="${position.value}"]`)?.focus({ preventScroll: true })
  }

  /** When the focused element is replaced or moved by an update, the keyboard goes on from the same cell. */
  let had = false
  onBeforeUpdate(() => {
    had = hasKeyboard()
  })
  onUpdated(() => {
    if (had && !hasKeyboard() && document.activeElement === document.body) take()
  })

  /** The record of the focused cell may come after the focus: only then the id is known. */
  watch(columns.version, () => {
    const known = focusedId.value === null ? null : columns.positionOf(focusedId.value)
    if (known === null) {
      if (box.value?.contains(document.activeElement) === true) announce()
    } else position.value = known
  })
  watch(focusedId, findFocused, { immediate: true })
  watch(layout, (current, before) => {
    if (current === null) return
    if (position.value >= current.total) position.value = Math.max(0, current.total - 1)
    if (before === null) void findFocused()
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
