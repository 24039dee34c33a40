import { useI18n } from 'vue-i18n'

import { NAMED_KINDS } from '../core/tagGroups'

/** The name of a kind of tag in the reader's language. */
export function useTagKinds(): (type: string) => string {
  const { t } = useI18n()
  return (type) => {
    const key = Object.hasOwn(NAMED_KINDS, type) ? NAMED_KINDS[type] : undefined
    return key === undefined ? type : t(`tagKinds.${key}`)
  }
}
