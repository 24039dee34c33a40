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
  retry(): void
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

  function want(): void {
    if (!fast.value && range.value.endItem > range.value.firstItem) pages?.want(range.value.firstItem, range.value.endItem)
  }

  function open(source: ResultSource | null): void {
    pages?.close()
    failure.value = null
    pages =
      source === null
        ? null
        : new ColumnPages(source, {
            changed: (error) => {
              failure.value = error
              if (error === null) version.value++
            },
          })
    version.value++
    want()
  }

  watch(results, open, { immediate: true, flush: 'sync' })
  watch([range, fast], want)
  onScopeDispose(() => pages?.close())
  return {
    version,
    failure,
    at: (position) => pages?.at(position) ?? null,
    positionOf: (id) => pages?.positionOf(id) ?? null,
    retry: () => {
      failure.value = null
      want()
    },
  }
}
