import { BASE, V1 } from './base'
import { getJson, request } from './client'
import type { ExtraPath, FolderNode, Job, ProblemList, Tag } from './types'

export async function fetchFolders(parent: string | null, signal?: AbortSignal): Promise<readonly FolderNode[]> {
  const query = parent === null ? '' : `?parent=${encodeURIComponent(parent)}`
  return ((await getJson(`${V1}/folders${query}`, { signal })) as { folders: FolderNode[] }).folders
}

export async function fetchTags(signal?: AbortSignal): Promise<readonly Tag[]> {
  return ((await getJson(`${BASE}/db/basic_info`, { signal })) as { tags: Tag[] }).tags
}

export async function fetchProblems(signal?: AbortSignal): Promise<ProblemList> {
  return (await getJson(`${V1}/index/errors?limit=500`, { signal })) as ProblemList
}

export async function fetchJobs(): Promise<readonly Job[]> {
  return ((await getJson(`${V1}/jobs`)) as { jobs: Job[] }).jobs
}

export async function startIndex(rebuild = false): Promise<void> {
  await request(`${V1}/index`, { method: 'POST', body: { rebuild, path: null } })
}

export async function cancelJob(id: string): Promise<void> {
  await request(`${V1}/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: {} })
}

export async function fetchExtraPaths(signal?: AbortSignal): Promise<readonly ExtraPath[]> {
  return (await getJson(`${BASE}/db/extra_paths`, { signal })) as ExtraPath[]
}

const INDEXED = 'scanned'

export async function addFolder(path: string): Promise<void> {
  await request(`${BASE}/db/extra_paths`, { method: 'POST', body: { path, types: [INDEXED] } })
}

export async function removeFolder(folder: ExtraPath): Promise<void> {
  await request(`${BASE}/db/extra_paths`, { method: 'DELETE', body: { path: folder.path, types: folder.types } })
}

export async function nameFolder(path: string, alias: string): Promise<void> {
  await request(`${BASE}/db/alias_extra_path`, { method: 'POST', body: { path, alias } })
}
