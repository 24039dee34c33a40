import type { QueryErrorLocation } from '../../api/errors'

/** Why the search could not be read. */
export interface QueryErrorInfo {
  readonly message: string
  /** Null where it is not known. */
  readonly place: QueryErrorLocation | null
}
