import { useI18n } from 'vue-i18n'

/** Returns a function that gives the translated description of a field, else the one of the server. */
export function useFieldHelp(): (name: string, serverText: string) => string {
  const i18n = useI18n()
  const { t } = i18n
  return (name, serverText) => (i18n.te(`search.fields.${name}`, 'en') ? t(`search.fields.${name}`) : serverText)
}
