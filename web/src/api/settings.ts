import { addressOf, get, post } from './call'
import { requestOnce } from './client'
import type { GlobalSetting } from './types'

export const fetchGlobalSetting = (): Promise<GlobalSetting> => get('/global_setting')

export async function saveSetting(name: string, value: unknown): Promise<void> {
  await post('/app_fe_setting', { body: { name, value: JSON.stringify(value) } })
}

/** Lets the server set its cookie, which no script can read. Throws when the key is wrong, or that cannot be found out. */
export async function signIn(key: string): Promise<void> {
  await requestOnce(addressOf('/v1/session'), { method: 'POST', body: { key } })
}

/** Takes the cookie away, whoever set it. */
export async function signOut(): Promise<void> {
  await requestOnce(addressOf('/v1/session'), { method: 'DELETE' })
}
