import { useBrowseRoute } from '../../composables/useBrowseRoute'
import { infoTerm, type InfoSearch } from '../../core/media'
import { toggleSearchTerm } from '../../core/query'

/** Handles clicks in the info panel: adds the value to the search, with Alt excludes it, or opens the folder. */
export function useInfoSearch(): (search: InfoSearch) => void {
  const browse = useBrowseRoute()
  return (search) => {
    if (search.kind === 'folder' && !search.exclude) browse.go({ ...browse.query.value, folder: search.value })
    else browse.go(toggleSearchTerm(browse.query.value, infoTerm(search), search.exclude ? 'exclude' : 'include'))
  }
}
