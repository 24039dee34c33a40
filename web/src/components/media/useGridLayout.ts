import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { layoutInSlices, layoutNow, type JustifiedLayout } from '../../core/justified'
import { toSections } from '../../core/sections'
import type { ResultSource } from '../../core/types'

export const GAP = 3
export const HEADER_HEIGHT = 44
/** Up to this many items, the layout takes less than a frame and runs synchronously. */
const DIRECT_ITEMS = 20_000

/** The layout of the results for a width. The old one stays until the new one is ready. */
export function useGridLayout(
  results: Ref<ResultSource | null>,
  width: Ref<number>,
  rowHeight: Ref<number>,
): ShallowRef<JustifiedLayout | null> {
  const layout = shallowRef<JustifiedLayout | null>(null)
  let controller = new AbortController()

  async function layOut(source: ResultSource | null): Promise<void> {
    controller.abort()
    controller = new AbortController()
    const { signal } = controller
    if (source === null || width.value <= 0) {
      layout.value = null
      return
    }
    const sections = toSections(source.buckets, source.total)
    const options = { width: width.value, rowHeight: rowHeight.value, gap: GAP, headerHeight: HEADER_HEIGHT }
    if (source.total <= DIRECT_ITEMS) {
      layout.value = layoutNow(source.layout, sections, options)
      return
    }
    const ready = await layoutInSlices(source.layout, sections, options, signal)
    if (ready !== null) layout.value = ready
  }

  watch([results, width, rowHeight], () => layOut(results.value), { immediate: true })
  onScopeDispose(() => {
    controller.abort()
  })
  return layout
}
