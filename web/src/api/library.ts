import { get, post, remove } from './call'
import type { ExtraPath, FolderNode, Job, ProblemList, Tag } from './types'

export const fetchFolders = async (parent: string | null, signal?: AbortSignal): Promise<readonly FolderNode[]> =>
  (await get('/v1/folders', { query: { parent }, signal })).folders

export const fetchTags = async (signal?: AbortSignal): Promise<readonly Tag[]> => (await get('/db/basic_info', { signal })).tags

export const fetchProblems = (signal?: AbortSignal): Promise<ProblemList> => get('/v1/index/errors', { query: { limit: 500 }, signal })

export const fetchJobs = async (): Promise<readonly Job[]> => (await get('/v1/jobs')).jobs

export const startIndex = (rebuild = false) => post('/v1/index', { body: { rebuild, path: null } })

export const cancelJob = (id: string) => post('/v1/jobs/{job_id}/cancel', { path: { job_id: id } })

export const fetchExtraPaths = (signal?: AbortSignal): Promise<readonly ExtraPath[]> => get('/db/extra_paths', { signal })

/** The type of folder whose files are indexed. */
const INDEXED = 'scanned'

export const addFolder = (path: string) => post('/db/extra_paths', { body: { path, types: [INDEXED] } })

export const removeFolder = (folder: ExtraPath) => remove('/db/extra_paths', { body: { path: folder.path, types: folder.types } })

export async function setFolderAlias(path: string, alias: string): Promise<void> {
  await post('/db/alias_extra_path', { body: { path, alias } })
}
