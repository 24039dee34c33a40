import { useI18n } from 'vue-i18n'

/** What a field looks for, in the reader's language where we know the field. */
export function useFieldHelp(): (name: string, otherwise: string) => string {
  const i18n = useI18n()
  const { t } = i18n
  return (name, otherwise) => (i18n.te(`search.fields.${name}`, 'en') ? t(`search.fields.${name}`) : otherwise)
}
