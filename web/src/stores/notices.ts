import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export interface Notice {
  readonly text: string
  readonly failed: boolean
}

const SHOWN_MS = 4_000

/** What was done, or why not, said in passing. */
export const useNotices = defineStore('notices', () => {
  const current = shallowRef<Notice | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function say(text: string, failed = false): void {
    current.value = { text, failed }
    clearTimeout(timer)
    timer = setTimeout(() => (current.value = null), SHOWN_MS)
  }

  return { current, say }
})
