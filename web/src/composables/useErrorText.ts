import { useI18n } from 'vue-i18n'

import { toAppError } from '../api/errors'

/** Where the server says it better than a sentence for all cases could. */
const PRECISE: ReadonlySet<string> = new Set(['invalid', 'denied', 'notFound'])

/** What went wrong and what can be done, in one sentence; the server's own words where they help. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useI18n()
  return (thrown) => {
    const error = toAppError(thrown)
    const { kind, detail } = error
    if (detail !== '' && PRECISE.has(kind)) return detail.charAt(0).toUpperCase() + detail.slice(1)
    const said = t(`errors.${kind}`)
    return kind === 'server' && detail !== '' ? `${said} ${detail}` : said
  }
}
