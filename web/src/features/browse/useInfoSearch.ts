import { useBrowseRoute } from '../../composables/useBrowseRoute'
import { infoTerm, type InfoSearch } from '../../core/media'
import { toggleSearchTerm } from '../../core/query'

/** A click on a value of the info panel narrows the search by it, a click with Alt leaves it out; a folder is opened. */
export function useInfoSearch(): (search: InfoSearch) => void {
  const browse = useBrowseRoute()
  return (search) => {
    if (search.kind === 'folder' && !search.exclude) browse.go({ ...browse.query.value, folder: search.value })
    else browse.go(toggleSearchTerm(browse.query.value, infoTerm(search), search.exclude ? 'exclude' : 'include'))
  }
}
