import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { fileUrl } from '../../api/media'
import { useMedia } from '../../stores/media'
import { ColumnPages } from '../../core/columnPages'
import type { MediaItem, ResultSource } from '../../core/types'

const AHEAD = 2
const BEHIND = 1
const PAGE = 60
const MARGIN = 20
/** The address follows the arrow keys with this delay at most; an update within this time must not move the viewer back. */
const ADDRESS_DELAY_MS = 1500

/** The item at a position of the results. Preloads the pictures before and after it. */
export function useViewerItems(results: Ref<ResultSource>, itemId: Ref<number>) {
  const media = useMedia()
  const version = ref(0)
  /** -1 until the position of the item is known. */
  const position = ref(-1)
  const announced = new Map<number, number>()
  const failure = shallowRef<unknown>(null)
  let pendingSteps = 0
  let pages = open(results.value)
  let preloaded = new Map<number, HTMLImageElement>()

  function open(source: ResultSource): ColumnPages {
    return new ColumnPages(source, {
      pageSize: PAGE,
      maxPages: 10,
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
    const next = new Map<number, HTMLImageElement>()
    for (const offset of [1, 2, -1].filter((step) => step <= AHEAD && step >= -BEHIND)) {
      const item = pages.at(position.value + offset)
      if (item?.kind !== 'image') continue
      const image = preloaded.get(item.id) ?? new Image()
      if (image.src === '') image.src = fileUrl(item.id)
      next.set(item.id, image)
    }
    const current = pages.at(position.value)
    for (const [id, image] of preloaded) {
      if (!next.has(id) && id !== current?.id && !image.complete) image.removeAttribute('src')
    }
    preloaded = next
  }

  const clamp = (to: number): number => Math.min(Math.max(to, 0), Math.max(0, results.value.total - 1))

  /** Steps before the position is known are added once it is. */
  function step(by: number): void {
    if (position.value < 0) pendingSteps += by
    else position.value = clamp(position.value + by)
  }

  /** Finds the item of the address in the current results. */
  async function locate(): Promise<void> {
    const { token } = results.value
    const id = itemId.value
    const loaded = pages.positionOf(id)
    try {
      const target = loaded ?? (await media.position(token, id))
      if (token !== results.value.token || id !== itemId.value) return
      if (target !== null) position.value = clamp(target + pendingSteps)
      // It was open and left the results, perhaps by being deleted: show the next one, which has its position now.
      else if (position.value >= 0 && results.value.total > 0) position.value = Math.min(position.value, results.value.total - 1)
      else failure.value = new Error(`item ${id} is not in these results`)
      pendingSteps = 0
    } catch (error) {
      failure.value = error
    }
  }

  function loadAround(): void {
    if (position.value < 0) return
    pages.request(Math.max(0, position.value - MARGIN), Math.min(results.value.total, position.value + MARGIN))
    preload()
  }

  watch(results, (source) => {
    pages.close()
    pages = open(source)
    void locate()
    loadAround()
  })
  watch(position, loadAround)
  watch(
    itemId,
    (id) => {
      const isOwnUpdate = performance.now() - (announced.get(id) ?? -Infinity) < ADDRESS_DELAY_MS
      if (!isOwnUpdate && pages.at(position.value)?.id !== id) void locate()
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
    for (const [id, time] of announced) if (performance.now() - time > ADDRESS_DELAY_MS) announced.delete(id)
  })

  return {
    item,
    position,
    step,
    failure,
    retry: () => {
      failure.value = null
      void locate()
      loadAround()
    },
  }
}
