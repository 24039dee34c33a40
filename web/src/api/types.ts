import type { components } from './generated/schema'

/** Types of the API. `npm run api-types` generates `schema.ts` from the OpenAPI document. */
type Schemas = components['schemas']

export type OpenedResults = Schemas['Results']
export type FolderNode = Schemas['FolderEntry']
export type Job = Schemas['Job']
export type ProblemList = Schemas['IndexErrors']
export type Tag = Schemas['TagInfo']
export type QueryField = Schemas['FieldAnswer']
export type Suggestions = Schemas['SuggestionsAnswer']
export type Suggestion = Schemas['SuggestionAnswer']
export type FacetCounts = Schemas['FacetsAnswer']
export type Album = Schemas['AlbumInfo']
export type SavedSearch = Schemas['SavedSearchInfo']
export type CustomTag = Schemas['CustomTagInfo']
export type TrashEntry = Schemas['TrashEntry']
export type TrashList = Schemas['TrashList']
export type Moved = Schemas['TransferAnswer']
export type OperationUndone = Schemas['OperationAnswer']
export type ExtraPath = Schemas['ExtraPath']
export type GlobalSetting = Schemas['GlobalSetting']

/** Events are not part of the OpenAPI document; docs/reference/v1-api.md describes them. */
export interface LibraryState {
  readonly revision: number
  readonly total: number
}

/** Progress event of a long file operation. `id` is null while the operation is prepared. */
export interface OperationReport {
  readonly id: number | null
  readonly kind: string
  readonly stage: 'preparing' | 'running' | 'ended'
  readonly done: number
  readonly total: number
  readonly failed: number
  readonly can_stop: boolean
}
