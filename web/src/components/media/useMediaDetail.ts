import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'

import type { MediaDetail } from '../../core/media'
import { useMedia } from '../../stores/media'

/** Avoids a request for every item while an arrow key is held down. */
const DELAY_MS = 90

/** Details of the current item. The previous ones stay on screen while the next load. */
export function useMediaDetail(id: Ref<number | null>) {
  const media = useMedia()
  const detail = shallowRef<MediaDetail | null>(null)
  const failure = shallowRef<unknown>(null)
  let controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(mediaId: number): Promise<void> {
    const { signal } = controller
    try {
      const loaded = await media.detail(mediaId, signal)
      if (!signal.aborted) detail.value = loaded
    } catch (error) {
      if (signal.aborted) return
      detail.value = null
      failure.value = error
    }
  }

  function open(mediaId: number | null, delay: number): void {
    controller.abort()
    controller = new AbortController()
    clearTimeout(timer)
    failure.value = null
    if (mediaId === null) detail.value = null
    else if (delay === 0) void load(mediaId)
    else timer = setTimeout(() => void load(mediaId), delay)
  }

  watch(id, (next, previous) => {
    open(next, previous === undefined || previous === null ? 0 : DELAY_MS)
  }, { immediate: true })
  watch(() => media.revision, () => {
    open(id.value, 0)
  })
  onScopeDispose(() => {
    controller.abort()
    clearTimeout(timer)
  })
  return {
    detail,
    failure,
    retry: () => {
      open(id.value, 0)
    },
  }
}
