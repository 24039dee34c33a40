import { onBeforeUnmount, onMounted } from 'vue'

import { actionFor, isInOverlay, isTyping, type KeyMap } from '../core/keys'

/** Keyboard shortcuts for the whole page. They do not apply in text fields, menus and dialogs. */
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
