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

/** Children of a folder, the roots for null. */
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

/** Lists that are on screen are fetched again; the others when they are next looked at. */
export function useInvalidation() {
  const client = useQueryClient()
  const forget = (...keys: string[]): void => {
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] })
  }
  return {
    tagsChanged: () => {
      forget(TAGS)
    },
    albumsChanged: () => {
      forget(ALBUMS)
    },
    savedChanged: () => {
      forget(SAVED)
    },
    trashChanged: () => {
      forget(TRASH)
    },
    /** Anything people make may have changed. */
    curationChanged: () => {
      forget(TAGS, ALBUMS, SAVED, TRASH)
    },
    libraryChanged: () => {
      for (const key of [FOLDERS, TAGS, PROBLEMS]) void client.invalidateQueries({ queryKey: [key] })
    },
    rootsChanged: () => {
      for (const key of [FOLDERS, EXTRA_PATHS]) void client.invalidateQueries({ queryKey: [key] })
    },
  }
}
