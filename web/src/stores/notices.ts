import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface NoticeAction {
  readonly label: string
  readonly run: () => void
}

export interface Notice {
  readonly text: string
  readonly failed: boolean
  /** A button on the notice, such as Undo. */
  readonly action: NoticeAction | null
}

const SHOWN_MS = 4_000
/** Long enough to notice a mistake and press Undo. */
const SHOWN_WITH_ACTION_MS = 8_000

/** Short messages about finished or failed actions. */
export const useNotices = defineStore('notices', () => {
  const current = shallowRef<Notice | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function show(text: string, failed = false, action: NoticeAction | null = null): void {
    current.value = { text, failed, action }
    clearTimeout(timer)
    timer = setTimeout(clear, action === null ? SHOWN_MS : SHOWN_WITH_ACTION_MS)
  }

  function clear(): void {
    current.value = null
  }

  return { current, show, clear }
})
