import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { setKeyKeeper } from '../api/client'
import { toAppError, type AppError } from '../api/errors'
import { fetchGlobalSetting } from '../api/settings'
import type { GlobalSetting } from '../api/types'
import { sha256 } from '../core/sha256'

const COOKIE = 'IIB_S'
/** The server hashes the key with the same ending. */
const SALT = '_ciallo'
const KEPT_S = 30 * 24 * 3600

/** Who we are to the server: its settings, what we may do, and the key. */
export const useSession = defineStore('session', () => {
  const setting = shallowRef<GlobalSetting | null>(null)
  const failure = shallowRef<AppError | null>(null)
  const keyWanted = ref(false)
  /** A key was given and did not fit. */
  const keyRefused = ref(false)
  let given = false
  let waiting: (() => void)[] = []

  const canWrite = computed(() => setting.value !== null && !setting.value.is_readonly)

  async function load(): Promise<void> {
    failure.value = null
    try {
      setting.value = await fetchGlobalSetting()
    } catch (error) {
      failure.value = toAppError(error)
    }
  }

  function askForKey(): Promise<void> {
    keyRefused.value = given
    given = false
    keyWanted.value = true
    return new Promise((resolve) => waiting.push(resolve))
  }

  function giveKey(key: string): void {
    const secure = location.protocol === 'https:' ? '; Secure' : ''
    document.cookie = `${COOKIE}=${sha256(key + SALT)}; Path=/; Max-Age=${KEPT_S}; SameSite=Strict${secure}`
    given = true
    keyWanted.value = false
    const resolved = waiting
    waiting = []
    for (const resolve of resolved) resolve()
  }

  setKeyKeeper(askForKey)
  return { setting, failure, canWrite, keyWanted, keyRefused, load, giveKey }
})
