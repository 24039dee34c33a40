import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'

import { fetchQueryFields } from '../api/query'

/** The fields of the search language, fetched once when first enabled. `data` is undefined until the server has answered. */
export function useQueryFields(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['queryFields'],
    queryFn: ({ signal }) => fetchQueryFields(signal),
    enabled: computed(() => toValue(enabled)),
    staleTime: Infinity,
  })
}
