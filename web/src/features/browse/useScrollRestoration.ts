import { nextTick, onBeforeUnmount, onMounted, watch, type Ref } from 'vue'

import { useMediaAccess } from '../../components/media/mediaApi'
import { readScrollPositions, writeScrollPositions, type ScrollPosition } from '../../core/scrollPositions'
import { toParams, type BrowseQuery } from '../../core/query'
import { Throttle } from '../../core/throttle'
import type { ResultSource } from '../../core/types'

const KEY = 'iib.places'
const SAVE_MS = 400
/** The router may hear of going back before or after we do. */
const SAME_MS = 100

interface Grid {
  place(): ScrollPosition | null
  toPlace(place: ScrollPosition): void
}

const keyOf = (query: BrowseQuery): string => new URLSearchParams(toParams(query)).toString()

/** Brings the grid back to where it was when the page is loaded again, or when one goes back to a query. */
export function useScrollRestoration(grid: Ref<Grid | null>, query: Ref<BrowseQuery>) {
  const access = useMediaAccess()
  const places = load()
  /** The query whose results are shown: the address may be ahead of them. */
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
    const place = grid.value.place()
    places.delete(shown)
    if (place !== null) places.set(shown, place)
    try {
      sessionStorage.setItem(KEY, writeScrollPositions(places))
    } catch {
      // Storage is full or forbidden: then it is only remembered as long as the page lives.
    }
  }

  const later = new Throttle(SAVE_MS, save)

  /** New results have come for the query; to be called before they are drawn. */
  async function arrived(source: ResultSource, mayMove: boolean): Promise<void> {
    save()
    later.stop()
    shown = keyOf(query.value)
    const place = isReturn ? places.get(shown) : undefined
    isReturn = false
    if (place === undefined || !mayMove) return
    const position = await access.position(source.token, place.id).catch(() => null)
    await nextTick()
    grid.value?.toPlace({ ...place, position: position ?? place.position })
  }

  function onPop(): void {
    poppedAt = performance.now()
    isReturn = true
  }

  watch(
    () => keyOf(query.value),
    () => {
      isReturn = performance.now() - poppedAt < SAME_MS
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
    later.stop()
  })
  return {
    arrived,
    moved: () => {
      later.call()
    },
  }
}
