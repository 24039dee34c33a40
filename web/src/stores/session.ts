import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { setAuthPrompt } from '../api/client'
import { type AppError, toAppError } from '../api/errors'
import { fetchGlobalSetting, signIn, signOut } from '../api/settings'
import type { GlobalSetting } from '../api/types'

/** The session with the server: its settings, the permissions and the secret key. */
export const useSession = defineStore('session', () => {
  const setting = shallowRef<GlobalSetting | null>(null)
  const failure = shallowRef<AppError | null>(null)
  const needsKey = ref(false)
  /** Why the last key was not accepted: wrong, or the server could not check it. */
  const keyFailure = shallowRef<AppError | null>(null)
  /** True after a key was accepted: the next 401 may answer a request from before, which is sent again. */
  let accepted = false
  let waiting: (() => void)[] = []
  /** Sign-out in progress. Signing in waits for it, so that it cannot delete the new cookie. */
  let signingOut: Promise<void> = Promise.resolve()

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
    if (accepted) {
      accepted = false
      return Promise.resolve()
    }
    // The old cookie is no longer valid. Requests without a cookie do not count as wrong keys.
    if (!needsKey.value) signingOut = signOut().catch(() => undefined)
    needsKey.value = true
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** Tries the key once, before all waiting requests do, since the server counts wrong keys. The server sets the cookie. */
  async function submitKey(key: string): Promise<void> {
    keyFailure.value = null
    await signingOut
    try {
      await signIn(key)
    } catch (error) {
      keyFailure.value = toAppError(error)
      return
    }
    accepted = true
    needsKey.value = false
    const pending = waiting
    waiting = []
    for (const resolve of pending) resolve()
  }

  setAuthPrompt(askForKey)
  return { setting, failure, canWrite, needsKey, keyFailure, load, submitKey }
})
