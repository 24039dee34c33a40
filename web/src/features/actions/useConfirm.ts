import { computed, type WritableComputedRef } from 'vue'

import type { Curation } from './useCuration'

/** Open state of the dialog that an action is waiting for. Closing the dialog cancels the action. */
export function useConfirm(curation: () => Curation): WritableComputedRef<boolean> {
  return computed({
    get: () => curation().dialog.value !== null,
    set: (open) => {
      if (!open) curation().dialog.value = null
    },
  })
}
