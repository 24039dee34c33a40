import { useI18n } from 'vue-i18n'

import { toAppError } from '../api/errors'

/** What went wrong and what can be done, in one sentence; the server's own words where they help. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useI18n()
  return (thrown) => {
    const error = toAppError(thrown)
    const said = t(`errors.${error.kind}`)
    const helps = error.kind === 'invalid' || error.kind === 'server' || error.kind === 'denied' || error.kind === 'notFound'
    return helps && error.detail !== '' ? `${said} ${error.detail}` : said
  }
}
