import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { useMediaAccess } from '../../components/media/mediaApi'
import { ColumnPages } from '../../core/columnPages'
import type { MediaItem, ResultSource } from '../../core/types'

const AHEAD = 2
const BEHIND = 1
const PAGE = 60
const MARGIN = 20

/** The item at a position of the results, with its neighbours' pictures fetched before they are asked for. */
export function useViewerItems(results: Ref<ResultSource>, position: Ref<number>) {
  const access = useMediaAccess()
  const version = ref(0)
  const failure = shallowRef<unknown>(null)
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

  function want(): void {
    pages.want(Math.max(0, position.value - MARGIN), Math.min(results.value.total, position.value + MARGIN))
    preload()
  }

  watch(results, (source) => {
    pages.close()
    pages = open(source)
    want()
  })
  watch(position, want, { immediate: true })
  onScopeDispose(() => {
    pages.close()
    for (const image of preloaded.values()) if (!image.complete) image.removeAttribute('src')
  })

  const item = computed<MediaItem | null>(() => (version.value >= 0 ? pages.at(position.value) : null))
  return { item, failure, retry: want }
}
