import { BASE } from './base'
import { getJson, request, requestOnce } from './client'
import { toAppError } from './errors'
import type { GlobalSetting } from './types'

export async function fetchGlobalSetting(): Promise<GlobalSetting> {
  return (await getJson(`${BASE}/global_setting`)) as GlobalSetting
}

export async function saveSetting(name: string, value: unknown): Promise<void> {
  await request(`${BASE}/app_fe_setting`, { method: 'POST', body: { name, value: JSON.stringify(value) } })
}

/** Whether the key this browser holds is the right one. Throws when that cannot be found out. */
export async function keyFits(): Promise<boolean> {
  try {
    await requestOnce(`${BASE}/version`)
    return true
  } catch (error) {
    if (toAppError(error).kind === 'key') return false
    throw error
  }
}
