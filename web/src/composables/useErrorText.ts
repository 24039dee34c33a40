import { useI18n } from 'vue-i18n'

import { toAppError, type ErrorKind } from '../api/errors'

/** Kinds for which the message of the server is more precise than our text. */
const USE_SERVER_MESSAGE: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'invalid', 'denied', 'notFound', 'conflict', 'tooLarge', 'unsupported', 'notConfigured', 'aiService', 'busy',
])

/** Returns a function that gives the text to show for an error. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useI18n()
  return (thrown) => {
    const error = toAppError(thrown)
    const { kind, detail } = error
    if (detail !== '' && USE_SERVER_MESSAGE.has(kind)) return detail.charAt(0).toUpperCase() + detail.slice(1)
    const text = t(`errors.${kind}`)
    return kind === 'server' && detail !== '' ? `${text} ${detail}` : text
  }
}
