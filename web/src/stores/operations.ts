import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { stopOperation } from '../api/curation'
import type { OperationReport } from '../api/types'

/** Without news for this long it has ended unheard, or the server has. */
const SILENT_MS = 20_000

/** The file operation that goes on, if it takes longer than a moment, whoever began it. */
export const useOperations = defineStore('operations', () => {
  const current = shallowRef<OperationReport | null>(null)
  /** It was asked to stop and has not ended yet. */
  const stopping = ref(false)
  const stopped = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function clear(): void {
    clearTimeout(timer)
    current.value = null
    stopping.value = false
  }

  function note(report: OperationReport): void {
    clear()
    if (report.stage === 'ended') return
    current.value = report
    stopping.value = report.id !== null && stopped.has(report.id)
    timer = setTimeout(clear, SILENT_MS)
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

  /** True if a person stopped this operation here. */
  const wasStopped = (id: number | null): boolean => id !== null && stopped.has(id)

  return { current, stopping, note, stop, clear, wasStopped }
})
