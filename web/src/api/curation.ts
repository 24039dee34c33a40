import { BASE, V1 } from './base'
import { getJson, request } from './client'
import type { Album, AlbumList, CustomTag, Moved, OperationUndone, SavedSearch, Tag, TrashList } from './types'

export type Flag = 'pick' | 'reject' | 'none'

const post = (url: string, body: unknown): Promise<unknown> => getJson(url, { method: 'POST', body })

/** The number under which a change can be taken back; null when it was so already. */
async function changed(url: string, body: unknown): Promise<number | null> {
  return ((await post(url, body)) as { change_id: number | null }).change_id
}

export const rate = (ids: readonly number[], rating: number) => changed(`${V1}/media/ratings`, { ids, rating })
export const setFlag = (ids: readonly number[], flag: Flag) => changed(`${V1}/media/flags`, { ids, flag })
export const setTags = (ids: readonly number[], add: readonly number[], remove: readonly number[]) =>
  changed(`${V1}/media/tags`, { ids, add, remove })

export async function fetchOwnTags(): Promise<readonly CustomTag[]> {
  return ((await getJson(`${V1}/tags`)) as { tags: CustomTag[] }).tags
}

export async function addTag(name: string): Promise<Tag> {
  return (await post(`${BASE}/db/add_custom_tag`, { tag_name: name })) as Tag
}

export async function fetchAlbums(signal?: AbortSignal): Promise<readonly Album[]> {
  return ((await getJson(`${V1}/albums`, { signal })) as AlbumList).albums
}

export const addAlbum = async (name: string): Promise<Album> => (await post(`${V1}/albums`, { name })) as Album
export const addToAlbum = (id: number, ids: readonly number[]) => changed(`${V1}/albums/${id}/items`, { ids })
export const takeFromAlbum = (id: number, ids: readonly number[]) => changed(`${V1}/albums/${id}/items/remove`, { ids })
export const removeAlbum = (id: number) => request(`${V1}/albums/${id}`, { method: 'DELETE' })
export const renameAlbum = (id: number, name: string) => request(`${V1}/albums/${id}`, { method: 'PATCH', body: { name } })

export async function fetchSavedSearches(signal?: AbortSignal): Promise<readonly SavedSearch[]> {
  return ((await getJson(`${V1}/saved_searches`, { signal })) as { searches: SavedSearch[] }).searches
}

export const saveSearch = (name: string, query: unknown) => post(`${V1}/saved_searches`, { name, query })
export const removeSavedSearch = (id: number) => request(`${V1}/saved_searches/${id}`, { method: 'DELETE' })

export async function deleteFiles(paths: readonly string[]): Promise<number | null> {
  return ((await post(`${BASE}/delete_files`, { file_paths: paths })) as { operation_id?: number | null }).operation_id ?? null
}

export async function transferFiles(how: 'move' | 'copy', paths: readonly string[], dest: string): Promise<Moved> {
  const body = { file_paths: paths, dest, create_dest_folder: true, continue_on_error: true, on_conflict: 'rename' }
  return (await post(`${BASE}/${how}_files`, body)) as Moved
}

export const renameFile = (path: string, name: string) => post(`${BASE}/db/rename`, { path, name })

export const undoChange = (id: number | null) => post(`${V1}/undo`, { id })

export async function undoOperation(id: number | null): Promise<OperationUndone> {
  const url = id === null ? `${V1}/operations/undo` : `${V1}/operations/${id}/undo`
  return (await post(url, {})) as OperationUndone
}

/** What was done last on the server, whoever did it: a change or a file operation. */
export async function latest(): Promise<'change' | 'operation' | null> {
  const [changes, operations] = await Promise.all([getJson(`${V1}/changes?limit=20`), getJson(`${V1}/operations?limit=20`)])
  const change = (changes as { changes: { at: number; undone: boolean }[] }).changes.find((one) => !one.undone)
  const operation = (operations as { operations: { created: number; can_undo: boolean }[] }).operations.find((one) => one.can_undo)
  if (change === undefined && operation === undefined) return null
  return (change?.at ?? 0) >= (operation?.created ?? 0) ? 'change' : 'operation'
}

export async function fetchTrash(before: number | null, signal?: AbortSignal): Promise<TrashList> {
  return (await getJson(`${V1}/trash?limit=200${before === null ? '' : `&before=${before}`}`, { signal })) as TrashList
}

export const restoreTrash = async (ids: readonly number[]) =>
  (await post(`${V1}/trash/restore`, { ids, on_conflict: 'rename' })) as OperationUndone
export const purgeTrash = async (ids: readonly number[]) => (await post(`${V1}/trash/purge`, { ids })) as OperationUndone
