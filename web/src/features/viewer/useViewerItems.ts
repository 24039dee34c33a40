import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { useMediaAccess } from '../../components/media/mediaApi'
import { ColumnPages } from '../../core/columnPages'
import type { MediaItem, ResultSource } from '../../core/types'

const AHEAD = 2
const BEHIND = 1
const PAGE = 60
const MARGIN = 20
/** The address may follow this much later than the arrow keys; its echo must not turn the viewer back. */
const ECHO_MS = 1500

/** The item at a position of the results, with its neighbours' pictures fetched before they are asked for. */
export function useViewerItems(results: Ref<ResultSource>, itemId: Ref<number>) {
  const access = useMediaAccess()
  const version = ref(0)
  /** -1 until it is known where the item is. */
  const position = ref(-1)
  const announced = new Map<number, number>()
  const failure = shallowRef<unknown>(null)
  let owed = 0
  let pages = open(results.value)
  let preloaded = new Map<number, HTMLImageElement>()

  function open(source: ResultSource): ColumnPages {
    return new ColumnPages(source, {
      pageSize: PAGE,
      keep: 10,
      changed: (error) => {
        failure.value = error
        if (error === null) {
          version.value++
          preload()
        }
      },
    })
  }

  function preload(): void {
    const kept = new Map<number, HTMLImageElement>()
    for (const offset of [1, 2, -1].filter((step) => step <= AHEAD && step >= -BEHIND)) {
      const item = pages.at(position.value + offset)
      if (item?.kind !== 'image') continue
      const image = preloaded.get(item.id) ?? new Image()
      if (image.src === '') image.src = access.file(item.id)
      kept.set(item.id, image)
    }
    const current = pages.at(position.value)
    for (const [id, image] of preloaded) {
      if (!kept.has(id) && id !== current?.id && !image.complete) image.removeAttribute('src')
    }
    preloaded = kept
  }

  const clamp = (to: number): number => Math.min(Math.max(to, 0), Math.max(0, results.value.total - 1))

  /** Steps taken before it is known where the item is are made up for. */
  function step(by: number): void {
    if (position.value < 0) owed += by
    else position.value = clamp(position.value + by)
  }

  /** Finds the item again: it was named by the address, or the results are new. */
  async function locate(): Promise<void> {
    const { token } = results.value
    const id = itemId.value
    const loaded = pages.positionOf(id)
    try {
      const found = loaded ?? (await access.position(token, id))
      if (token !== results.value.token || id !== itemId.value) return
      if (found !== null) position.value = clamp(found + owed)
      // It was open and is gone, deleted perhaps: the next one has taken its place.
      else if (position.value >= 0 && results.value.total > 0) position.value = Math.min(position.value, results.value.total - 1)
      else failure.value = new Error(`item ${id} is not in these results`)
      owed = 0
    } catch (error) {
      failure.value = error
    }
  }

  function want(): void {
    if (position.value < 0) return
    pages.want(Math.max(0, position.value - MARGIN), Math.min(results.value.total, position.value + MARGIN))
    preload()
  }

  watch(results, (source) => {
    pages.close()
    pages = open(source)
    void locate()
    want()
  })
  watch(position, want)
  watch(
    itemId,
    (id) => {
      const own = performance.now() - (announced.get(id) ?? -Infinity) < ECHO_MS
      if (!own && pages.at(position.value)?.id !== id) void locate()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    pages.close()
    for (const image of preloaded.values()) if (!image.complete) image.removeAttribute('src')
  })

  const item = computed<MediaItem | null>(() => (version.value >= 0 ? pages.at(position.value) : null))
  watch(item, (current) => {
    if (current === null) return
    announced.set(current.id, performance.now())
    for (const [id, time] of announced) if (performance.now() - time > ECHO_MS) announced.delete(id)
  })

  return {
    item,
    position,
    step,
    failure,
    retry: () => {
      failure.value = null
      void locate()
      want()
    },
  }
}
