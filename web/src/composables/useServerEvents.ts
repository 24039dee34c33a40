import { onBeforeUnmount, watch } from 'vue'

import { ServerEvents } from '../api/events'
import { Throttle } from '../core/throttle'
import { useLibrary } from '../stores/library'
import { useOperations } from '../stores/operations'
import { useResults } from '../stores/results'
import { useSession } from '../stores/session'
import { useInvalidation } from './useLibraryQueries'

/** While much is indexed, lists are brought up to date this often and not with every event. */
const CATCH_UP_MS = 2_500
const POLL_MS = 5_000

/** Brings what the server reports into the stores. Without the stream it asks now and then instead. */
export function useServerEvents(): void {
  const library = useLibrary()
  const operations = useOperations()
  const results = useResults()
  const session = useSession()
  const stale = useInvalidation()
  let poll: ReturnType<typeof setInterval> | undefined

  const catchUp = new Throttle(CATCH_UP_MS, () => {
    stale.libraryChanged()
    void results.checkForNew()
  })

  const marked = new Throttle(CATCH_UP_MS, stale.curationChanged)

  /** The server answers, by whichever way: what failed while it was away is asked for again. */
  function reached(): void {
    library.connected = true
    if (results.failure?.kind === 'offline') void results.reload()
  }

  async function ask(): Promise<void> {
    try {
      await library.refreshJobs()
      reached()
      catchUp.call()
    } catch {
      // Away: the next round asks again.
      library.connected = false
    }
  }

  const events = new ServerEvents({
    library: (state) => {
      const known = library.revision
      library.setLibraryState(state)
      if (known !== state.revision && known >= 0) catchUp.call()
    },
    job: (job) => {
      library.updateJob(job)
      if (job.status === 'completed') catchUp.call()
    },
    operation: operations.note,
    marks: () => {
      marked.call()
    },
    connected: (isOpen) => {
      clearInterval(poll)
      if (isOpen) {
        reached()
        return
      }
      operations.clear()
      void ask()
      poll = setInterval(() => void ask(), POLL_MS)
    },
  })

  // Not before the server has let us in: each try with a wrong key counts.
  const stop = watch(
    () => session.setting !== null,
    (isIn) => {
      if (!isIn) return
      stop()
      events.start()
      void ask()
    },
  )
  onBeforeUnmount(() => {
    events.stop()
    clearInterval(poll)
    catchUp.stop()
    marked.stop()
  })
}
