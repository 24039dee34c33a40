import { onBeforeUnmount, onMounted } from 'vue'

import { actionFor, isInOverlay, isTyping, type KeyMap } from '../core/keys'

/** Actions by key, wherever the focus is, unless it is in a field or something over the page has the keyboard. */
export function useHotkeys<Action extends string>(
  keys: () => KeyMap<Action>,
  actions: Readonly<Record<Action, () => void>>,
  enabled: () => boolean,
): void {
  function onKeydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || isTyping(event.target) || isInOverlay(event.target) || !enabled()) return
    const action = actionFor(keys(), event)
    if (action === null) return
    event.preventDefault()
    actions[action]()
  }

  onMounted(() => {
    window.addEventListener('keydown', onKeydown)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKeydown)
  })
}
