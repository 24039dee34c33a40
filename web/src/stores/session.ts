import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { setAuthPrompt } from '../api/client'
import { type AppError, toAppError } from '../api/errors'
import { fetchGlobalSetting, signIn, signOut } from '../api/settings'
import type { GlobalSetting } from '../api/types'

/** Who we are to the server: its settings, what we may do, and the key. */
export const useSession = defineStore('session', () => {
  const setting = shallowRef<GlobalSetting | null>(null)
  const failure = shallowRef<AppError | null>(null)
  const needsKey = ref(false)
  /** Why the key that was given did not open: it is wrong, or that could not be found out. */
  const keyFailure = shallowRef<AppError | null>(null)
  /** The key was found right: the next refusal may be for a request sent before, which gets a second try. */
  let accepted = false
  let waiting: (() => void)[] = []
  /** A cookie on its way out must not take the next one with it. */
  let leaving: Promise<void> = Promise.resolve()

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
    // One kept from before does not fit any more; with none at all, what is refused is not counted as a wrong key.
    if (!needsKey.value) leaving = signOut().catch(() => undefined)
    needsKey.value = true
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** Tries the key once before all that wait for it do: the server counts wrong ones. It sets the cookie itself. */
  async function submitKey(key: string): Promise<void> {
    keyFailure.value = null
    await leaving
    try {
      await signIn(key)
    } catch (error) {
      keyFailure.value = toAppError(error)
      return
    }
    accepted = true
    needsKey.value = false
    const resolved = waiting
    waiting = []
    for (const resolve of resolved) resolve()
  }

  setAuthPrompt(askForKey)
  return { setting, failure, canWrite, needsKey, keyFailure, load, submitKey }
})
