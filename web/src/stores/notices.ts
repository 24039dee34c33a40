import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface NoticeAction {
  readonly label: string
  readonly run: () => void
}

export interface Notice {
  readonly text: string
  readonly failed: boolean
  /** What can be done about it, while it is shown. */
  readonly action: NoticeAction | null
}

const SHOWN_MS = 4_000
/** Time enough to see that it was the wrong picture. */
const SHOWN_WITH_ACTION_MS = 8_000

/** What was done, or why not, said in passing. */
export const useNotices = defineStore('notices', () => {
  const current = shallowRef<Notice | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function say(text: string, failed = false, action: NoticeAction | null = null): void {
    current.value = { text, failed, action }
    clearTimeout(timer)
    timer = setTimeout(clear, action === null ? SHOWN_MS : SHOWN_WITH_ACTION_MS)
  }

  function clear(): void {
    current.value = null
  }

  return { current, say, clear }
})
