import type { Flag } from '../core/types'
import { get, patch, post, remove } from './call'
import type { Album, CustomTag, Moved, OperationUndone, SavedSearch, Tag, TrashList } from './types'

type Ids = readonly number[]

/** Answer to a change. `change_id` undoes it; null when nothing changed. */
interface Change {
  readonly change_id: number | null
}
const changeIdOf = async (change: Promise<Change>): Promise<number | null> => (await change).change_id

export const rate = (ids: Ids, rating: number) => changeIdOf(post('/v1/media/ratings', { body: { ids, rating } }))
export const setFlag = (ids: Ids, flag: Flag) => changeIdOf(post('/v1/media/flags', { body: { ids, flag } }))
export const setTags = (ids: Ids, add: Ids, removed: Ids) => changeIdOf(post('/v1/media/tags', { body: { ids, add, remove: removed } }))

export const fetchCustomTags = async (): Promise<readonly CustomTag[]> => (await get('/v1/tags')).tags
export const addTag = (name: string): Promise<Tag> => post('/db/add_custom_tag', { body: { tag_name: name } })

export const fetchAlbums = async (signal?: AbortSignal): Promise<readonly Album[]> => (await get('/v1/albums', { signal })).albums
export const addAlbum = (name: string): Promise<Album> => post('/v1/albums', { body: { name } })
export const addToAlbum = (id: number, ids: Ids) => changeIdOf(post('/v1/albums/{album_id}/items', { path: { album_id: id }, body: { ids } }))
export const takeFromAlbum = (id: number, ids: Ids) =>
  changeIdOf(post('/v1/albums/{album_id}/items/remove', { path: { album_id: id }, body: { ids } }))
export const removeAlbum = (id: number) => remove('/v1/albums/{album_id}', { path: { album_id: id } })
export const renameAlbum = (id: number, name: string) => patch('/v1/albums/{album_id}', { path: { album_id: id }, body: { name } })

export const fetchSavedSearches = async (signal?: AbortSignal): Promise<readonly SavedSearch[]> =>
  (await get('/v1/saved_searches', { signal })).searches
export const saveSearch = (name: string, query: object) => post('/v1/saved_searches', { body: { name, query: { ...query } } })
export const removeSavedSearch = (id: number) => remove('/v1/saved_searches/{search_id}', { path: { search_id: id } })

export const deleteFiles = async (ids: Ids): Promise<number | null> =>
  (await post('/delete_files', { body: { ids } })).operation_id ?? null

export function transferFiles(how: 'move' | 'copy', ids: Ids, dest: string): Promise<Moved> {
  const body = { ids, dest, create_dest_folder: true, continue_on_error: true, on_conflict: 'rename' } as const
  return how === 'move' ? post('/move_files', { body }) : post('/copy_files', { body })
}

export const renameFile = (path: string, name: string) => post('/db/rename', { body: { path, name } })

export const undoChange = (id: number | null) => post('/v1/undo', { body: { id } })

export const undoOperation = (id: number | null): Promise<OperationUndone> =>
  id === null ? post('/v1/operations/undo') : post('/v1/operations/{operation_id}/undo', { path: { operation_id: id } })

/** Stops an operation and keeps what it has done so far. False when it has ended already. */
export const stopOperation = async (id: number): Promise<boolean> =>
  (await post('/v1/operations/{operation_id}/stop', { path: { operation_id: id } })).ok

/** Kind of the latest action on the server, by anyone: a change or a file operation. */
export async function fetchLatestKind(): Promise<'change' | 'operation' | null> {
  const query = { limit: 20 }
  const [{ changes }, { operations }] = await Promise.all([get('/v1/changes', { query }), get('/v1/operations', { query })])
  const change = changes.find(({ undone }) => !undone)
  const operation = operations.find((entry) => entry.can_undo)
  if (change === undefined && operation === undefined) return null
  return (change?.at ?? 0) >= (operation?.created ?? 0) ? 'change' : 'operation'
}

export const fetchTrash = (before: number | null, signal?: AbortSignal): Promise<TrashList> =>
  get('/v1/trash', { query: { limit: 200, before }, signal })
export const restoreTrash = (ids: Ids): Promise<OperationUndone> => post('/v1/trash/restore', { body: { ids, on_conflict: 'rename' } })
export const purgeTrash = (ids: Ids): Promise<OperationUndone> => post('/v1/trash/purge', { body: { ids } })
