import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { cancelJob, fetchJobs, startIndex } from '../api/library'
import type { Job, LibraryState } from '../api/types'

const ACTIVE: ReadonlySet<Job['status']> = new Set<Job['status']>(['queued', 'running'])

/** The state of the library: its size and its indexing jobs. */
export const useLibrary = defineStore('library', () => {
  const revision = ref(-1)
  /** -1 until the server has answered. */
  const total = ref(-1)
  const connected = ref(true)
  const jobs = shallowRef<readonly Job[]>([])

  /** The job to show: the newest active one, else the newest one. */
  const current = computed<Job | null>(() => {
    const active = jobs.value.filter((job) => ACTIVE.has(job.status))
    const newest = (list: readonly Job[]): Job | null =>
      list.reduce<Job | null>((best, job) => (best && best.created_at >= job.created_at ? best : job), null)
    return newest(active) ?? newest(jobs.value)
  })
  const isBusy = computed(() => current.value !== null && ACTIVE.has(current.value.status))

  function setLibraryState(state: LibraryState): void {
    revision.value = state.revision
    total.value = state.total
  }

  function updateJob(job: Job): void {
    jobs.value = [job, ...jobs.value.filter((other) => other.id !== job.id)]
  }

  async function refreshJobs(): Promise<void> {
    jobs.value = await fetchJobs()
  }

  async function update(rebuild = false): Promise<void> {
    await startIndex(rebuild)
    await refreshJobs()
  }

  async function cancel(): Promise<void> {
    if (current.value !== null && isBusy.value) await cancelJob(current.value.id)
  }

  return { revision, total, connected, jobs, current, isBusy, setLibraryState, updateJob, refreshJobs, update, cancel }
})
