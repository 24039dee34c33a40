import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { ColumnPages } from '../../core/columnPages'
import type { MediaItem, ResultSource } from '../../core/types'
import type { RowRange } from '../../core/visibleRange'

export interface PagedColumns {
  /** Increases whenever items arrive. A view that reads it updates then. */
  readonly version: Ref<number>
  readonly failure: Ref<unknown>
  at(position: number): MediaItem | null
  positionOf(id: number): number | null
  /** Resolves to the item at a position once it is loaded; to null if loading fails or other results arrive. */
  loaded(position: number): Promise<MediaItem | null>
  retry(): void
}

/** Whether two results look the same before any item is loaded. */
function hasSameLayout(first: ResultSource, second: ResultSource): boolean {
  return first.layout.length === second.layout.length && first.layout.every((aspect, index) => aspect === second.layout[index])
}

/** Loads the items of the visible rows. Loads nothing while the view scrolls fast. */
export function useColumnPages(
  results: Ref<ResultSource | null>,
  range: Ref<RowRange>,
  fast: Ref<boolean>,
): PagedColumns {
  const version = ref(0)
  const failure = shallowRef<unknown>(null)
  let pages: ColumnPages | null = null
  /** Pages of earlier results with the same layout. Shown until the new items arrive, so that nothing flickers. */
  let previous: ColumnPages | null = null
  let shown: ResultSource | null = null

  function loadVisible(): void {
    if (!fast.value && range.value.endItem > range.value.firstItem) pages?.request(range.value.firstItem, range.value.endItem)
  }

  function open(source: ResultSource | null): void {
    pages?.close()
    failure.value = null
    const same = source !== null && shown !== null && hasSameLayout(source, shown)
    previous = same ? (pages?.pending === 0 ? pages : (previous ?? pages)) : null
    shown = source
    pages =
      source === null
        ? null
        : new ColumnPages(source, {
            changed: (error) => {
              failure.value = error
              if (pages?.pending === 0) previous = null
              if (error === null) version.value++
            },
          })
    version.value++
    loadVisible()
  }

  function at(position: number): MediaItem | null {
    return pages?.at(position) ?? previous?.at(position) ?? null
  }

  function loaded(position: number): Promise<MediaItem | null> {
    const requested = shown
    return new Promise((resolve) => {
      const stop = watch(
        [version, failure],
        () => {
          const item = at(position)
          const isReplaced = requested === null || shown === null || (requested !== shown && !hasSameLayout(requested, shown))
          if (item === null && failure.value === null && !isReplaced) return
          queueMicrotask(() => {
            stop()
          })
          resolve(isReplaced ? null : item)
        },
        { immediate: true },
      )
    })
  }

  watch(results, open, { immediate: true, flush: 'sync' })
  watch([range, fast], loadVisible)
  onScopeDispose(() => pages?.close())
  return {
    version,
    failure,
    at,
    loaded,
    positionOf: (id) => pages?.positionOf(id) ?? previous?.positionOf(id) ?? null,
    retry: () => {
      failure.value = null
      loadVisible()
    },
  }
}
