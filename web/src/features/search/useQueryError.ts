import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import type { BrowseQuery } from '../../core/query'
import { useResults } from '../../stores/results'
import type { QueryErrorInfo } from './queryError'

/** A query that cannot be read is the search box's business; the pictures stay while it is being mended. */
export function useQueryError(query: Ref<BrowseQuery>) {
  const { t } = useI18n()
  const results = useResults()
  const unread = computed(() => {
    const { failure } = results
    return failure?.kind === 'invalid' && query.value.text.trim() !== '' ? failure : null
  })
  const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
  const mistake = computed<QueryErrorInfo | null>(() => {
    const error = unread.value
    if (error === null) return null
    if (query.value.regex) return { message: t('search.badPattern', { why: error.detail.replace(/^[^:]*: /, '') }), place: null }
    return { message: sentence(error.place?.message ?? error.detail), place: error.place }
  })
  const failure = computed(() => (unread.value === null ? results.failure : null))
  return { mistake, failure }
}
