import type { QueryErrorLocation } from '../../api/errors'

/** Why the server cannot read the search text. */
export interface QueryErrorInfo {
  readonly message: string
  /** Null when unknown. */
  readonly location: QueryErrorLocation | null
}
