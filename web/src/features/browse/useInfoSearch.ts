import { useBrowseRoute } from '../../composables/useBrowseRoute'
import { EVERYTHING } from '../../core/query'
import type { InfoSearch } from '../../core/media'

/** What a click on a value of the info panel looks for: a folder, a tag, else its text. */
export function useInfoSearch(): (search: InfoSearch) => void {
  const browse = useBrowseRoute()
  return ({ value, kind, tag }) => {
    const { sort, seed } = browse.query.value
    const fresh = { ...EVERYTHING, sort, seed }
    if (kind === 'folder') browse.go({ ...fresh, folder: value })
    else if (tag !== null) browse.go({ ...fresh, include: [tag] })
    else browse.go({ ...fresh, text: value })
  }
}
