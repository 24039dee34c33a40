import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import { layoutInSlices, layoutNow, type JustifiedLayout } from '../../core/justified'
import { toSections } from '../../core/sections'
import type { ResultSource } from '../../core/types'

export const GAP = 3
export const HEADER_HEIGHT = 44
/** Up to here laying out is faster than a frame and done at once. */
const DIRECT_ITEMS = 20_000

/** The layout for the results at this width; the old one stays until the new one is ready. */
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
    const made = await layoutInSlices(source.layout, sections, options, signal)
    if (made !== null) layout.value = made
  }

  watch([results, width, rowHeight], () => layOut(results.value), { immediate: true })
  onScopeDispose(() => {
    controller.abort()
  })
  return layout
}
