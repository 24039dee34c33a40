import { onScopeDispose, ref, shallowRef } from 'vue'

import { fetchSuggestions } from '../../api/query'
import type { Suggestion } from '../../api/types'
import { toCodePointOffset, toUtf16Offset } from '../../core/codePoints'

const DELAY_MS = 120

export interface CompletedText {
  readonly text: string
  readonly caret: number
}

/** What may stand where the caret is. Answers to what was asked before are given up. */
export function useSuggestions() {
  const items = shallowRef<readonly Suggestion[]>([])
  /** -1 while none is chosen. */
  const active = ref(-1)
  let range = { start: 0, end: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined
  let controller = new AbortController()

  function close(): void {
    clearTimeout(timer)
    controller.abort()
    items.value = []
    active.value = -1
  }

  async function load(text: string, caret: number): Promise<void> {
    controller.abort()
    controller = new AbortController()
    const { signal } = controller
    try {
      const found = await fetchSuggestions(text, toCodePointOffset(text, caret), signal)
      if (signal.aborted) return
      range = { start: toUtf16Offset(text, found.start), end: toUtf16Offset(text, found.end) }
      const typed = text.slice(range.start, range.end)
      items.value = found.items.filter((item) => item.insert !== typed)
    } catch {
      if (!signal.aborted) items.value = []
    }
    active.value = -1
  }

  function ask(text: string, caret: number): void {
    clearTimeout(timer)
    if (text.trim() === '') close()
    else timer = setTimeout(() => void load(text, caret), DELAY_MS)
  }

  function move(by: 1 | -1): void {
    const count = items.value.length
    if (count === 0) return
    active.value = active.value < 0 ? (by > 0 ? 0 : count - 1) : (active.value + by + count) % count
  }

  /** The text with a suggestion in it. A field waits for its value, a value is done. */
  function taken(text: string, item: Suggestion): CompletedText {
    const ready = item.kind === 'field' || /^\s/.test(text.slice(range.end)) ? '' : ' '
    const before = text.slice(0, range.start) + item.insert + ready
    return { text: before + text.slice(range.end), caret: before.length }
  }

  onScopeDispose(close)
  return { items, active, ask, close, move, taken }
}
