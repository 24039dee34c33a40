import { addressOf, get, post } from './call'
import { requestOnce } from './client'
import type { GlobalSetting } from './types'

export const fetchGlobalSetting = (): Promise<GlobalSetting> => get('/global_setting')

export async function saveSetting(name: string, value: unknown): Promise<void> {
  await post('/app_fe_setting', { body: { name, value: JSON.stringify(value) } })
}

/** Signs in: the server sets a cookie that scripts cannot read. Throws when the key is wrong or the server cannot be reached. */
export async function signIn(key: string): Promise<void> {
  await requestOnce(addressOf('/v1/session'), { method: 'POST', body: { key } })
}

/** Signs out: the server deletes the cookie. */
export async function signOut(): Promise<void> {
  await requestOnce(addressOf('/v1/session'), { method: 'DELETE' })
}
