import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'

import type { MediaDetail } from '../../core/media'
import { useMediaAccess } from './mediaApi'

/** Holding an arrow key down must not ask for every record on the way. */
const DELAY_MS = 90

/** The record of the item in view. The one before stays on screen while the next is under way. */
export function useMediaDetail(id: Ref<number | null>) {
  const access = useMediaAccess()
  const detail = shallowRef<MediaDetail | null>(null)
  const failure = shallowRef<unknown>(null)
  let controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(wanted: number): Promise<void> {
    const { signal } = controller
    try {
      const found = await access.detail(wanted, signal)
      if (!signal.aborted) detail.value = found
    } catch (error) {
      if (signal.aborted) return
      detail.value = null
      failure.value = error
    }
  }

  function open(wanted: number | null, delay: number): void {
    controller.abort()
    controller = new AbortController()
    clearTimeout(timer)
    failure.value = null
    if (wanted === null) detail.value = null
    else if (delay === 0) void load(wanted)
    else timer = setTimeout(() => void load(wanted), delay)
  }

  watch(id, (wanted, before) => {
    open(wanted, before === undefined || before === null ? 0 : DELAY_MS)
  }, { immediate: true })
  watch(access.revision, () => {
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
