import { useI18n } from 'vue-i18n'

import { tagKindKey } from '../core/tagKinds'

/** Returns a function that gives the translated name of a kind of tag. */
export function useTagKinds(): (type: string) => string {
  const { t } = useI18n()
  return (type) => {
    const key = tagKindKey(type)
    return key === undefined ? type : t(`tagKinds.${key}`)
  }
}
