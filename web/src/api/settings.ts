import { BASE } from './base'
import { getJson, request } from './client'
import type { GlobalSetting } from './types'

export async function fetchGlobalSetting(): Promise<GlobalSetting> {
  return (await getJson(`${BASE}/global_setting`)) as GlobalSetting
}

export async function saveSetting(name: string, value: unknown): Promise<void> {
  await request(`${BASE}/app_fe_setting`, { method: 'POST', body: { name, value: JSON.stringify(value) } })
}
