import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'

import { fetchQueryFields } from '../api/query'
import { fieldNamesOf, mentionsField, type FieldNames } from '../core/queryFields'

/** The fields of the search language, fetched once when first enabled. `data` is undefined until the server has answered. */
export function useQueryFields(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['queryFields'],
    queryFn: ({ signal }) => fetchQueryFields(signal),
    enabled: computed(() => toValue(enabled)),
    staleTime: Infinity,
  })
}

/** The names of the fields, fetched once when a query may use one. Null until the server has answered, or when it fails. */
export function useFieldNames(query: () => string): ComputedRef<FieldNames | null> {
  const fields = useQueryFields(() => mentionsField(query()))
  return computed(() => (fields.data.value === undefined ? null : fieldNamesOf(fields.data.value)))
}
