import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import type { BrowseQuery } from '../../core/query'
import { useResults } from '../../stores/results'
import type { QueryErrorInfo } from './queryError'

/** Separates an error in the search text, shown below the search box, from all other failures, which replace the results. */
export function useQueryError(query: Ref<BrowseQuery>) {
  const { t } = useI18n()
  const results = useResults()
  const invalid = computed(() => {
    const { failure } = results
    return failure?.kind === 'invalid' && query.value.text.trim() !== '' ? failure : null
  })
  const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
  const queryError = computed<QueryErrorInfo | null>(() => {
    const error = invalid.value
    if (error === null) return null
    if (query.value.regex) return { message: t('search.invalidRegex', { reason: error.detail.replace(/^[^:]*: /, '') }), location: null }
    return { message: capitalize(error.location?.message ?? error.detail), location: error.location }
  })
  const failure = computed(() => (invalid.value === null ? results.failure : null))
  return { queryError, failure }
}
