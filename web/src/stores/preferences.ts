import { defineStore } from 'pinia'
import { reactive, toRefs, watch } from 'vue'

import { fetchGlobalSetting, saveSetting } from '../api/settings'
import { defaults, readPreferences, type Preferences } from '../core/preferences'
import { useSession } from './session'

const LOCAL = 'iib.preferences'
/** The setting all pages share; other programs keep their values in it too. */
const SHARED = 'global'
const OWN = 'page'
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
    // Storage is full or forbidden: the choice lasts as long as the page.
  }
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

/** How things are shown. Kept in this browser at once, and on the server a little later where we may write. */
export const usePreferences = defineStore('preferences', () => {
  const session = useSession()
  const values = reactive<Preferences>(readLocal())
  let timer: ReturnType<typeof setTimeout> | undefined
  let stored = ''

  /** Takes over what the server keeps; called once its settings are here. */
  function adopt(): void {
    const own = asRecord(session.setting?.app_fe_setting[SHARED])[OWN]
    if (own === undefined) return
    Object.assign(values, readPreferences(own))
    stored = JSON.stringify(values)
  }

  async function save(): Promise<void> {
    const own = { ...values }
    try {
      const before = asRecord((await fetchGlobalSetting()).app_fe_setting[SHARED])
      await saveSetting(SHARED, { ...before, [OWN]: own })
      stored = JSON.stringify(own)
    } catch {
      // The browser has its copy; a server that refuses or is away gets the next change.
    }
  }

  watch(values, () => {
    writeLocal(values)
    clearTimeout(timer)
    if (session.canWrite && JSON.stringify(values) !== stored) timer = setTimeout(() => void save(), SAVE_MS)
  })

  return { ...toRefs(values), adopt }
})
