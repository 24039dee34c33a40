import { defineStore } from 'pinia'
import { ref } from 'vue'

export type DialogName = 'settings' | 'help' | 'folders' | 'problems' | 'trash'

/** Which dialog is open, and the drawer and bottom sheet of narrow screens. */
export const useDialogs = defineStore('dialogs', () => {
  const open = ref<DialogName | null>(null)
  const drawer = ref(false)
  const sheet = ref(false)

  function toggle(name: DialogName): void {
    open.value = open.value === name ? null : name
  }

  return { open, drawer, sheet, toggle }
})
