import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { ColumnPages } from '../../core/columnPages'
import type { MediaItem, ResultSource } from '../../core/types'
import type { RowRange } from '../../core/visibleRange'

export interface PagedColumns {
  /** Grows whenever records came; reading it makes a view depend on them. */
  readonly version: Ref<number>
  readonly failure: Ref<unknown>
  at(position: number): MediaItem | null
  positionOf(id: number): number | null
  /** The item at a position, as soon as its record is there; null if it does not come, or other results do. */
  known(position: number): Promise<MediaItem | null>
  retry(): void
}

/** Whether two results look alike before any record has come. */
function hasSameLayout(one: ResultSource, other: ResultSource): boolean {
  return one.layout.length === other.layout.length && one.layout.every((aspect, index) => aspect === other.layout[index])
}

/** Records of the rows in view; nothing is asked for while the view flies past. */
export function useColumnPages(
  results: Ref<ResultSource | null>,
  range: Ref<RowRange>,
  fast: Ref<boolean>,
): PagedColumns {
  const version = ref(0)
  const failure = shallowRef<unknown>(null)
  let pages: ColumnPages | null = null
  /** Of results that looked the same: shown until the new records come, so that nothing flickers. */
  let before: ColumnPages | null = null
  let shown: ResultSource | null = null

  function want(): void {
    if (!fast.value && range.value.endItem > range.value.firstItem) pages?.want(range.value.firstItem, range.value.endItem)
  }

  function open(source: ResultSource | null): void {
    pages?.close()
    failure.value = null
    const same = source !== null && shown !== null && hasSameLayout(source, shown)
    before = same ? (pages?.pending === 0 ? pages : (before ?? pages)) : null
    shown = source
    pages =
      source === null
        ? null
        : new ColumnPages(source, {
            changed: (error) => {
              failure.value = error
              if (pages?.pending === 0) before = null
              if (error === null) version.value++
            },
          })
    version.value++
    want()
  }

  function at(position: number): MediaItem | null {
    return pages?.at(position) ?? before?.at(position) ?? null
  }

  function known(position: number): Promise<MediaItem | null> {
    const asked = shown
    return new Promise((resolve) => {
      const stop = watch(
        [version, failure],
        () => {
          const item = at(position)
          const other = asked === null || shown === null || (asked !== shown && !hasSameLayout(asked, shown))
          if (item === null && failure.value === null && !other) return
          queueMicrotask(() => {
            stop()
          })
          resolve(other ? null : item)
        },
        { immediate: true },
      )
    })
  }

  watch(results, open, { immediate: true, flush: 'sync' })
  watch([range, fast], want)
  onScopeDispose(() => pages?.close())
  return {
    version,
    failure,
    at,
    known,
    positionOf: (id) => pages?.positionOf(id) ?? before?.positionOf(id) ?? null,
    retry: () => {
      failure.value = null
      want()
    },
  }
}
