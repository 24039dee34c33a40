import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { fetchAlbums, fetchSavedSearches, fetchTrash } from '../api/curation'
import { fetchExtraPaths, fetchFolders, fetchProblems, fetchTags } from '../api/library'

const FOLDERS = 'folders'
const TAGS = 'tags'
const PROBLEMS = 'problems'
const EXTRA_PATHS = 'extraPaths'
const ALBUMS = 'albums'
const SAVED = 'savedSearches'
const TRASH = 'trash'

/** Subfolders of a folder; the library folders for null. */
export function useFolders(parent: string | null, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: [FOLDERS, parent],
    queryFn: ({ signal }) => fetchFolders(parent, signal),
    enabled: computed(() => toValue(enabled)),
  })
}

export function useTags() {
  return useQuery({ queryKey: [TAGS], queryFn: ({ signal }) => fetchTags(signal) })
}

export function useProblems(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: [PROBLEMS],
    queryFn: ({ signal }) => fetchProblems(signal),
    enabled: computed(() => toValue(enabled)),
  })
}

export function useExtraPaths() {
  return useQuery({ queryKey: [EXTRA_PATHS], queryFn: ({ signal }) => fetchExtraPaths(signal) })
}

export function useAlbums() {
  return useQuery({ queryKey: [ALBUMS], queryFn: ({ signal }) => fetchAlbums(signal) })
}

export function useSavedSearches() {
  return useQuery({ queryKey: [SAVED], queryFn: ({ signal }) => fetchSavedSearches(signal) })
}

export function useTrash() {
  return useQuery({ queryKey: [TRASH], queryFn: ({ signal }) => fetchTrash(null, signal) })
}

/** Marks lists as outdated. Lists on screen are fetched again at once, the others when they are next shown. */
export function useInvalidation() {
  const client = useQueryClient()
  const invalidate = (...keys: string[]): void => {
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] })
  }
  return {
    tagsChanged: () => {
      invalidate(TAGS)
    },
    albumsChanged: () => {
      invalidate(ALBUMS)
    },
    trashChanged: () => {
      invalidate(TRASH)
    },
    /** Tags, albums, saved searches or the trash may have changed. */
    curationChanged: () => {
      invalidate(TAGS, ALBUMS, SAVED, TRASH)
    },
    libraryChanged: () => {
      invalidate(FOLDERS, TAGS, PROBLEMS)
    },
    rootsChanged: () => {
      invalidate(FOLDERS, EXTRA_PATHS)
    },
  }
}
