import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { fetchExtraPaths, fetchFolders, fetchProblems, fetchTags } from '../api/library'

const FOLDERS = 'folders'
const TAGS = 'tags'
const PROBLEMS = 'problems'
const EXTRA_PATHS = 'extraPaths'

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

/** Lists that are on screen are fetched again; the others when they are next looked at. */
export function useStaleness() {
  const client = useQueryClient()
  return {
    libraryChanged: () => {
      for (const key of [FOLDERS, TAGS, PROBLEMS]) void client.invalidateQueries({ queryKey: [key] })
    },
    rootsChanged: () => {
      for (const key of [FOLDERS, EXTRA_PATHS]) void client.invalidateQueries({ queryKey: [key] })
    },
  }
}
