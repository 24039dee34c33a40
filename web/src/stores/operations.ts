import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { stopOperation } from '../api/curation'
import type { OperationReport } from '../api/types'

/** An operation without a report for this long has ended unnoticed. */
const TIMEOUT_MS = 20_000

/** The long file operation that is running, whoever started it. */
export const useOperations = defineStore('operations', () => {
  const current = shallowRef<OperationReport | null>(null)
  /** True from the request to stop until the operation has ended. */
  const stopping = ref(false)
  const stopped = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function clear(): void {
    clearTimeout(timer)
    current.value = null
    stopping.value = false
  }

  function update(report: OperationReport): void {
    clear()
    if (report.stage === 'ended') return
    current.value = report
    stopping.value = report.id !== null && stopped.has(report.id)
    timer = setTimeout(clear, TIMEOUT_MS)
  }

  async function stop(): Promise<void> {
    const id = current.value?.id ?? null
    if (id === null) return
    stopping.value = true
    stopped.add(id)
    try {
      if (!(await stopOperation(id))) stopped.delete(id)
    } catch (error) {
      stopped.delete(id)
      stopping.value = false
      throw error
    }
  }

  /** Whether the operation was stopped on this page. */
  const wasStopped = (id: number | null): boolean => id !== null && stopped.has(id)

  return { current, stopping, update, stop, clear, wasStopped }
})
