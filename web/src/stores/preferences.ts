import { defineStore } from 'pinia'
import { reactive, toRefs, watch } from 'vue'

import { fetchGlobalSetting, saveSetting } from '../api/settings'
import { defaults, readPreferences, type Preferences } from '../core/preferences'
import { useSession } from './session'

const LOCAL = 'iib.preferences'
/** Name of the server setting that all pages share. Other programs store values in it, too. */
const SHARED = 'global'
/** Our key in that setting. */
const PAGE_KEY = 'page'
const SAVE_MS = 800

function readLocal(): Preferences {
  try {
    return readPreferences(JSON.parse(localStorage.getItem(LOCAL) ?? 'null'))
  } catch {
    return { ...defaults }
  }
}

function writeLocal(preferences: Preferences): void {
  try {
    localStorage.setItem(LOCAL, JSON.stringify(preferences))
  } catch {
    // Storage is full or forbidden: the preferences last only as long as the page.
  }
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

/** Display preferences. Saved in the browser at once and, unless it is read-only, on the server a little later. */
export const usePreferences = defineStore('preferences', () => {
  const session = useSession()
  const values = reactive<Preferences>(readLocal())
  let timer: ReturnType<typeof setTimeout> | undefined
  let stored = ''

  /** Applies the preferences from the server. Called once its settings have loaded. */
  function adopt(): void {
    const saved = asRecord(session.setting?.app_fe_setting[SHARED])[PAGE_KEY]
    if (saved === undefined) return
    Object.assign(values, readPreferences(saved))
    stored = JSON.stringify(values)
  }

  async function save(): Promise<void> {
    const current = { ...values }
    try {
      const shared = asRecord((await fetchGlobalSetting()).app_fe_setting[SHARED])
      await saveSetting(SHARED, { ...shared, [PAGE_KEY]: current })
      stored = JSON.stringify(current)
    } catch {
      // The browser has its copy. The next change tries the server again.
    }
  }

  watch(values, () => {
    writeLocal(values)
    clearTimeout(timer)
    if (session.canWrite && JSON.stringify(values) !== stored) timer = setTimeout(() => void save(), SAVE_MS)
  })

  return { ...toRefs(values), adopt }
})
