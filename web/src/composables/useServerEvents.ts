import { onBeforeUnmount, watch } from 'vue'

import { ServerEvents } from '../api/events'
import { Throttle } from '../core/throttle'
import { useLibrary } from '../stores/library'
import { useOperations } from '../stores/operations'
import { useResults } from '../stores/results'
import { useSession } from '../stores/session'
import { useInvalidation } from './useLibraryQueries'

/** During indexing, lists are refreshed at most this often, not with every event. */
const REFRESH_MS = 2_500
const POLL_MS = 5_000

/** Updates the stores from the event stream of the server. Polls instead while there is no stream. */
export function useServerEvents(): void {
  const library = useLibrary()
  const operations = useOperations()
  const results = useResults()
  const session = useSession()
  const invalidate = useInvalidation()
  let poll: ReturnType<typeof setInterval> | undefined

  const refreshLibrary = new Throttle(REFRESH_MS, () => {
    invalidate.libraryChanged()
    void results.checkForNew()
  })

  const refreshCuration = new Throttle(REFRESH_MS, invalidate.curationChanged)

  /** The server is reachable. Reloads results that failed while it was not. */
  function markConnected(): void {
    library.connected = true
    if (results.failure?.kind === 'offline') void results.reload()
  }

  async function pollJobs(): Promise<void> {
    try {
      await library.refreshJobs()
      markConnected()
      refreshLibrary.call()
    } catch {
      // Not reachable; the next poll tries again.
      library.connected = false
    }
  }

  const events = new ServerEvents({
    library: (state) => {
      const previous = library.revision
      library.setLibraryState(state)
      if (previous !== state.revision && previous >= 0) refreshLibrary.call()
    },
    job: (job) => {
      library.updateJob(job)
      if (job.status === 'completed') refreshLibrary.call()
    },
    operation: operations.update,
    curation: () => {
      refreshCuration.call()
    },
    connected: (isOpen) => {
      clearInterval(poll)
      if (isOpen) {
        markConnected()
        return
      }
      operations.clear()
      void pollJobs()
      poll = setInterval(() => void pollJobs(), POLL_MS)
    },
  })

  // Only after the server has accepted the key: it counts every wrong attempt.
  const stop = watch(
    () => session.setting !== null,
    (isSignedIn) => {
      if (!isSignedIn) return
      stop()
      events.start()
      void pollJobs()
    },
  )
  onBeforeUnmount(() => {
    events.stop()
    clearInterval(poll)
    refreshLibrary.stop()
    refreshCuration.stop()
  })
}
