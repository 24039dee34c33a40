import { onScopeDispose, ref, shallowRef } from 'vue'

import { fetchSuggestions } from '../../api/query'
import type { Suggestion } from '../../api/types'
import { toCodePointOffset, toUtf16Offset } from '../../core/codePoints'

const DELAY_MS = 120

export interface CompletedText {
  readonly text: string
  readonly caret: number
}

/** Suggestions for the word at the caret. A new request aborts the one before it. */
export function useSuggestions() {
  const items = shallowRef<readonly Suggestion[]>([])
  /** -1 while no suggestion is active. */
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
      const answer = await fetchSuggestions(text, toCodePointOffset(text, caret), signal)
      if (signal.aborted) return
      range = { start: toUtf16Offset(text, answer.start), end: toUtf16Offset(text, answer.end) }
      const typed = text.slice(range.start, range.end)
      items.value = answer.items.filter((item) => item.insert !== typed)
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

  /** The text with the suggestion inserted. A value is followed by a blank; a field is not, since its value comes next. */
  function insert(text: string, item: Suggestion): CompletedText {
    const separator = item.kind === 'field' || /^\s/.test(text.slice(range.end)) ? '' : ' '
    const before = text.slice(0, range.start) + item.insert + separator
    return { text: before + text.slice(range.end), caret: before.length }
  }

  onScopeDispose(close)
  return { items, active, ask, close, move, insert }
}
