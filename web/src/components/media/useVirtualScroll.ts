import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'

import type { JustifiedLayout } from '../../core/justified'
import { ScrollMap, visibleRows, type RowRange } from '../../core/visibleRange'

const EMPTY: RowRange = { firstRow: 0, endRow: 0, firstItem: 0, endItem: 0 }
/** Above this speed (viewports per second) no thumbnails are loaded. */
const FAST = 6
const IDLE_MS = 110

export interface VirtualScroll {
  readonly width: Ref<number>
  readonly viewport: Ref<number>
  readonly range: ShallowRef<RowRange>
  /** Subtract this from a virtual `y` to get the `y` in the scroll box. */
  readonly base: Ref<number>
  readonly scrollHeight: Ref<number>
  readonly top: Ref<number>
  readonly fast: Ref<boolean>
  scrollTo(top: number): void
  /** Scrolls to the top without counting as fast scrolling. */
  toTop(): void
  reveal(position: number): void
  /** The item at the top of the view; null when the view is at the very top. */
  anchor(): Anchor | null
  toAnchor(anchor: Anchor): void
}

export interface Anchor {
  readonly position: number
  /** Distance of the anchor's row from the top of the view, in pixels. */
  readonly offset: number
}

/** Virtual scrolling: tells which rows of a layout are visible, for content taller than a browser can scroll. */
export function useVirtualScroll(
  box: Ref<HTMLElement | null>,
  layout: ShallowRef<JustifiedLayout | null>,
  topSpace: number,
): VirtualScroll {
  const map = new ScrollMap()
  const width = ref(0)
  const viewport = ref(0)
  const range = shallowRef(EMPTY)
  const base = ref(0)
  const scrollHeight = ref(0)
  const top = ref(0)
  const fast = ref(false)
  let idle: ReturnType<typeof setTimeout> | undefined
  let lastEvent = 0

  function publish(): void {
    top.value = map.top
    base.value = map.base
    scrollHeight.value = map.scrollHeight
    const current = layout.value
    const next = current === null ? EMPTY : visibleRows(current, map.top, viewport.value, viewport.value / 2)
    const { firstRow, endRow, endItem } = range.value
    if (next.firstRow !== firstRow || next.endRow !== endRow || next.endItem !== endItem) range.value = next
  }

  function applyScroll(scrollTop: number): void {
    publish()
    if (box.value !== null && Math.abs(box.value.scrollTop - scrollTop) >= 1) box.value.scrollTop = scrollTop
  }

  function noteSpeed(before: number): void {
    const now = performance.now()
    const elapsed = Math.max(8, now - lastEvent)
    lastEvent = now
    if (elapsed < IDLE_MS) fast.value = Math.abs(map.top - before) / viewport.value / (elapsed / 1000) > FAST
    clearTimeout(idle)
    idle = setTimeout(settle, IDLE_MS)
  }

  /** Moves the scroll bar to its true position once scrolling has stopped. */
  function settle(): void {
    fast.value = false
    if (map.base !== 0) applyScroll(map.moveTo(map.top))
  }

  function onScroll(): void {
    if (box.value === null) return
    const before = map.top
    map.scrolled(box.value.scrollTop)
    noteSpeed(before)
    if (map.stuck) applyScroll(map.moveTo(map.top))
    else publish()
  }

  function scrollTo(target: number): void {
    const before = map.top
    const scroll = map.moveTo(target)
    noteSpeed(before)
    applyScroll(scroll)
  }

  function toTop(): void {
    applyScroll(map.moveTo(0))
  }

  function reveal(position: number): void {
    const current = layout.value
    const row = current?.rowOf(position) ?? -1
    if (current === null || row < 0) return
    const rowTop = current.rowTop(row)
    const rowEnd = rowTop + current.rowHeight(row)
    if (rowTop - topSpace < map.top) scrollTo(rowTop - topSpace)
    else if (rowEnd > map.top + viewport.value) scrollTo(rowEnd - viewport.value + topSpace / 4)
  }

  function anchorIn(before: JustifiedLayout): Anchor | null {
    if (map.top <= 0) return null
    const row = before.rowAt(map.top)
    return { position: before.rowStart(row), offset: before.rowTop(row) - map.top }
  }

  function toAnchor(anchor: Anchor): void {
    const current = layout.value
    if (current === null || current.total === 0) return
    const row = current.rowOf(Math.min(anchor.position, current.total - 1))
    applyScroll(map.moveTo(current.rowTop(row) - anchor.offset))
  }

  watch(
    layout,
    (current, before) => {
      const anchor = before ? anchorIn(before) : null
      let scroll = map.resize(current === null ? 0 : current.height + topSpace, viewport.value)
      if (anchor !== null && current !== null && current.total > 0) {
        const row = current.rowOf(Math.min(anchor.position, current.total - 1))
        scroll = map.moveTo(current.rowTop(row) - anchor.offset)
      }
      range.value = EMPTY
      publish()
      // The box has its new height only after the next frame.
      requestAnimationFrame(() => {
        applyScroll(scroll)
      })
    },
    { flush: 'sync' },
  )

  function measure(element: HTMLElement): void {
    viewport.value = element.clientHeight
    width.value = element.clientWidth
    applyScroll(map.resize(layout.value === null ? 0 : layout.value.height + topSpace, viewport.value))
  }

  let observer: ResizeObserver | undefined
  onMounted(() => {
    const element = box.value
    if (element === null) return
    measure(element)
    observer = new ResizeObserver(() => {
      measure(element)
    })
    observer.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
  })
  onBeforeUnmount(() => {
    observer?.disconnect()
    clearTimeout(idle)
    box.value?.removeEventListener('scroll', onScroll)
  })
  return { width, viewport, range, base, scrollHeight, top, fast, scrollTo, toTop, reveal, anchor: () => (layout.value === null ? null : anchorIn(layout.value)), toAnchor }
}
