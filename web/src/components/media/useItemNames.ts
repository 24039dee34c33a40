import { onScopeDispose, reactive } from 'vue'

import { useMedia } from '../../stores/media'

const DELAY_MS = 250

/** Names of items under the pointer or with the focus, fetched after a short delay. */
export function useItemNames(): { get(id: number): string; request(id: number): void } {
  const media = useMedia()
  const names = reactive(new Map<number, string>())
  let timer: ReturnType<typeof setTimeout> | undefined
  let controller = new AbortController()

  async function fetchName(id: number): Promise<void> {
    controller = new AbortController()
    const { signal } = controller
    try {
      const detail = await media.detail(id, signal)
      if (!signal.aborted) names.set(id, detail.geninfo?.prompt ? `${detail.name} · ${detail.geninfo.prompt.slice(0, 120)}` : detail.name)
    } catch {
      // A missing name is no problem; the viewer and the panel report the error.
      names.set(id, '')
    }
  }

  onScopeDispose(() => {
    clearTimeout(timer)
    controller.abort()
  })
  return {
    get: (id) => names.get(id) ?? '',
    request(id) {
      clearTimeout(timer)
      controller.abort()
      if (!names.has(id)) timer = setTimeout(() => void fetchName(id), DELAY_MS)
    },
  }
}
