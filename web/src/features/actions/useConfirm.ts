import { computed, type WritableComputedRef } from 'vue'

import type { Curation } from './useCuration'

/** Whether the dialog is open; closing it ends the question. */
export function useConfirm(curation: () => Curation): WritableComputedRef<boolean> {
  return computed({
    get: () => curation().asking.value !== null,
    set: (open) => {
      if (!open) curation().asking.value = null
    },
  })
}
