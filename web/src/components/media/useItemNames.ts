import { onScopeDispose, reactive } from 'vue'

import { useMediaAccess } from './mediaApi'

const DELAY_MS = 250

/** Names of the items that are pointed at or focused: fetched when one stays there for a moment. */
export function useItemNames(): { get(id: number): string; want(id: number): void } {
  const access = useMediaAccess()
  const known = reactive(new Map<number, string>())
  let timer: ReturnType<typeof setTimeout> | undefined
  let controller = new AbortController()

  async function fetchName(id: number): Promise<void> {
    controller = new AbortController()
    const { signal } = controller
    try {
      const detail = await access.detail(id, signal)
      if (!signal.aborted) known.set(id, detail.geninfo?.prompt ? `${detail.name} · ${detail.geninfo.prompt.slice(0, 120)}` : detail.name)
    } catch {
      // A name is a courtesy; the viewer and the panel report what fails.
      known.set(id, '')
    }
  }

  onScopeDispose(() => {
    clearTimeout(timer)
    controller.abort()
  })
  return {
    get: (id) => known.get(id) ?? '',
    want(id) {
      clearTimeout(timer)
      controller.abort()
      if (!known.has(id)) timer = setTimeout(() => void fetchName(id), DELAY_MS)
    },
  }
}
