import { nextTick, onBeforeUnmount, onMounted, watch, type Ref } from 'vue'

import { useMedia } from '../../stores/media'
import { readScrollPositions, writeScrollPositions, type ScrollPosition } from '../../core/scrollPositions'
import { toParams, type BrowseQuery } from '../../core/query'
import { Throttle } from '../../core/throttle'
import type { ResultSource } from '../../core/types'

const KEY = 'iib.places'
const SAVE_MS = 400
/** The router may handle `popstate` before or after this code, within this time. */
const POPSTATE_MS = 100

interface Grid {
  scrollPosition(): ScrollPosition | null
  restoreScroll(position: ScrollPosition): void
}

const keyOf = (query: BrowseQuery): string => new URLSearchParams(toParams(query)).toString()

/** Restores the scroll position when the page is reloaded or the browser goes back to a query. */
export function useScrollRestoration(grid: Ref<Grid | null>, query: Ref<BrowseQuery>) {
  const media = useMedia()
  const positions = load()
  /** The query of the results on screen; the address may be ahead of it. */
  let shown: string | null = null
  let poppedAt = -Infinity
  let isReturn = true

  function load(): Map<string, ScrollPosition> {
    try {
      return readScrollPositions(sessionStorage.getItem(KEY))
    } catch {
      return new Map()
    }
  }

  function save(): void {
    if (shown === null || grid.value === null) return
    const current = grid.value.scrollPosition()
    positions.delete(shown)
    if (current !== null) positions.set(shown, current)
    try {
      sessionStorage.setItem(KEY, writeScrollPositions(positions))
    } catch {
      // Storage is full or forbidden: the positions last only as long as the page.
    }
  }

  const saveSoon = new Throttle(SAVE_MS, save)

  /** Called when new results arrive, before they are drawn. */
  async function arrived(source: ResultSource, mayScroll: boolean): Promise<void> {
    save()
    saveSoon.stop()
    shown = keyOf(query.value)
    const saved = isReturn ? positions.get(shown) : undefined
    isReturn = false
    if (saved === undefined || !mayScroll) return
    const position = await media.position(source.token, saved.id).catch(() => null)
    await nextTick()
    grid.value?.restoreScroll({ ...saved, position: position ?? saved.position })
  }

  function onPop(): void {
    poppedAt = performance.now()
    isReturn = true
  }

  watch(
    () => keyOf(query.value),
    () => {
      isReturn = performance.now() - poppedAt < POPSTATE_MS
    },
    { flush: 'sync' },
  )
  onMounted(() => {
    window.addEventListener('popstate', onPop)
    window.addEventListener('pagehide', save)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('popstate', onPop)
    window.removeEventListener('pagehide', save)
    saveSoon.stop()
  })
  return {
    arrived,
    scrolled: () => {
      saveSoon.call()
    },
  }
}
