import type { QueryPlace } from '../../api/errors'

/** Why the search could not be read. */
export interface Mistake {
  readonly message: string
  /** Null where it is not known. */
  readonly place: QueryPlace | null
}
